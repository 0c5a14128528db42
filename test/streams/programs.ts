import { StreamsBuilder } from '../../src/streams/dsl/streams-builder.ts'
import { EmitStrategy } from '../../src/streams/emit-strategy.ts'
import type { FixedKeyProcessor, FixedKeyProcessorContext } from '../../src/streams/processors/fixed-key.ts'
import type { Processor, ProcessorContext } from '../../src/streams/processors/processor.ts'
import { keyValueStore } from '../../src/streams/state/store-builder.ts'
import { BufferConfig, Suppressed } from '../../src/streams/suppressed.ts'
import {
  JoinWindows,
  SessionWindows,
  SlidingWindows,
  TimeWindows,
  UnlimitedWindows,
} from '../../src/streams/windows.ts'

/** The programs of `test/support/java/TopologyTexts.java`, under the same names. */

type Program = (builder: StreamsBuilder) => void
const text = (builder: StreamsBuilder, topic: string | string[]) => builder.stream<string, string>(topic)
const same = (key: string, value: string) => ({ key, value })
const yes = () => true

function passing(): Processor<string, string, string, string> {
  let context: ProcessorContext<string, string>
  return {
    init: (given) => {
      context = given
    },
    process: (record) => context.forward(record),
  }
}

function keeping(): FixedKeyProcessor<string, string, string> {
  let context: FixedKeyProcessorContext<string, string>
  return {
    init: (given) => {
      context = given
    },
    process: (record) => context.forward(record),
  }
}

const stateless: Record<string, Program> = {
  pipe: (b) => text(b, 'in').to('out'),
  'several topics': (b) => text(b, ['b', 'a']).to('out'),
  'all stateless': (b) =>
    text(b, 'in')
      .filter(yes)
      .filterNot(() => false)
      .map(same)
      .mapValues((v) => v)
      .flatMap((k, v) => [same(k, v)])
      .flatMapValues((v) => [v])
      .selectKey((_, v) => v)
      .peek(() => {})
      .foreach(() => {}),
  merge: (b) => {
    const one = text(b, 'one')
    const two = text(b, 'two')
    one
      .mapValues((v) => v)
      .merge(two)
      .to('out')
  },
  "merge of one stream's parts": (b) => {
    const input = text(b, 'in')
    input.filter(yes).merge(input.filterNot(yes)).to('out')
  },
  split: (b) => {
    const parts = text(b, 'in').split({ name: 'by-' }).branch(yes, { name: 'first' }).branch(yes).defaultBranch()
    parts.get('by-first')?.to('first')
    parts.get('by-2')?.to('second')
    parts.get('by-0')?.to('rest')
  },
  'split without names': (b) => {
    const parts = text(b, 'in').split().branch(yes).branch(yes).noDefaultBranch()
    // Java's map has them in the order of its hash.
    for (const part of [...parts.values()].reverse()) part.to('out')
  },
  names: (b) =>
    b
      .stream<string, string>('in', { name: 'source' })
      .filter(yes, { name: 'some' })
      .mapValues((v) => v, { name: 'same' })
      .to('out', { name: 'sink' }),
  'names of all steps': (b) => {
    const own = (v: string) => v
    const input = text(b, 'in')
      .map(same, { name: 'map' })
      .mapValues(own)
      .flatMap((k, v) => [same(k, v)], { name: 'flat-map' })
      .mapValues(own)
      .flatMapValues((v) => [v], { name: 'flat-map-values' })
      .mapValues(own)
      .selectKey((_, v) => v, { name: 'select' })
      .mapValues(own)
      .peek(() => {}, { name: 'peek' })
      .mapValues(own)
      .filterNot(() => false, { name: 'filter-not' })
      .mapValues(own)
      .process(passing, { name: 'process' })
      .mapValues(own)
      .processValues(keeping, { name: 'process-values' })
      .mapValues(own)
    input.foreach(() => {}, { name: 'foreach' })
    input
      .merge(text(b, 'other'), { name: 'merge' })
      .repartition({ name: 'again' })
      .mapValues(own)
      .toTable({ name: 'table', store: 'kept' })
      .filter(yes, { name: 'table-filter' })
      .mapValues(own, { name: 'table-values' })
      .toStream({ name: 'stream' })
      .mapValues(own)
      .to('out')
  },
  'names against their order': (b) => {
    b.stream<string, string>('one', { name: 'zero' }).to('a')
    b.stream<string, string>('two', { name: 'one' }).to('b')
  },
  'fan out': (b) => {
    const input = text(b, 'in')
    input.to('a')
    input.mapValues((v) => v).to('b')
    input
      .filter(yes)
      .peek(() => {})
      .to('c')
    input.foreach(() => {})
  },
}

const repartitions: Record<string, Program> = {
  repartition: (b) => text(b, 'in').map(same).repartition().to('out'),
  'repartition with a name': (b) => text(b, 'in').repartition({ name: 'named' }).to('out'),
  'repartition and count': (b) =>
    text(b, 'in')
      .selectKey((_, v) => v)
      .repartition({ name: 'by', partitions: 3 })
      .groupByKey()
      .count()
      .toStream()
      .to('out'),
}

const aggregations: Record<string, Program> = {
  'word count': (b) =>
    text(b, 'streams-plaintext-input')
      .flatMapValues((v) => v.split(' '))
      .groupBy((_, v) => v)
      .count()
      .toStream()
      .to('streams-wordcount-output'),
  'word count in a named store': (b) =>
    text(b, 'in')
      .groupBy((_, v) => v, { name: 'words' })
      .count({ name: 'counter', store: 'counts' })
      .toStream({ name: 'stream' })
      .to('out'),
  'store name alone': (b) =>
    text(b, 'in')
      .groupBy((_, v) => v)
      .count({ store: 'counts' })
      .toStream()
      .to('out'),
  'group by key': (b) => text(b, 'in').groupByKey().count().toStream().to('out'),
  reduce: (b) =>
    text(b, 'in')
      .groupByKey()
      .reduce((x) => x)
      .toStream()
      .to('out'),
  aggregate: (b) =>
    text(b, 'in')
      .groupByKey()
      .aggregate(
        () => '',
        (_k, _v, a) => a,
      )
      .toStream()
      .to('out'),
  'aggregate after map': (b) =>
    text(b, 'in')
      .map(same)
      .groupByKey()
      .aggregate(
        () => '',
        (_k, _v, a) => a,
      )
      .toStream()
      .to('out'),
  'two counts of one group': (b) => {
    const grouped = text(b, 'in').groupBy((_, v) => v)
    grouped.count().toStream().to('counts')
    grouped
      .reduce((_, v) => v)
      .toStream()
      .to('last')
  },
  'two counts of one named group': (b) => {
    const grouped = text(b, 'in').groupBy((_, v) => v, { name: 'words' })
    grouped.count().toStream().to('counts')
    grouped
      .reduce((_, v) => v)
      .toStream()
      .to('last')
  },
  'count of a merge': (b) => text(b, 'one').merge(text(b, 'two')).groupByKey().count().toStream().to('out'),
  'count of a count': (b) =>
    text(b, 'in')
      .groupByKey()
      .count()
      .toStream()
      .groupBy((_, v) => String(v))
      .count()
      .toStream()
      .to('out'),
}

const tables: Record<string, Program> = {
  table: (b) => b.table('in').toStream().to('out'),
  'table with a name': (b) => b.table('in', { name: 'source' }).toStream().to('out'),
  'stream to table after map': (b) =>
    text(b, 'in')
      .selectKey((_, v) => v)
      .toTable({ name: 'named' })
      .toStream()
      .to('out'),
  'stream to table in a store': (b) =>
    text(b, 'in')
      .selectKey((_, v) => v)
      .toTable({ store: 'kept' })
      .toStream()
      .to('out'),
  'table in a store': (b) => b.table('in', { store: 'kept' }).toStream().to('out'),
  'table steps': (b) =>
    b
      .table('in')
      .filter(yes)
      .filterNot(() => false)
      .mapValues((v) => v)
      .toStream()
      .to('out'),
  'table steps in stores': (b) =>
    b
      .table('in')
      .filter(yes, { store: 'some' })
      .mapValues((v) => v, { store: 'same' })
      .toStream()
      .to('out'),
  'steps on a count': (b) =>
    text(b, 'in')
      .groupByKey()
      .count()
      .filter((_, v) => v > 1)
      .mapValues(String)
      .toStream()
      .to('out'),
  'stream to table': (b) => text(b, 'in').toTable().toStream().to('out'),
}

const joins: Record<string, Program> = {
  join: (b) =>
    text(b, 'in')
      .join(b.table('facts'), (x) => x)
      .to('out'),
  'left join': (b) =>
    text(b, 'in')
      .leftJoin(b.table('facts', { store: 'kept' }), (x) => x)
      .to('out'),
  'join after map': (b) => {
    const facts = b.table<string, string>('facts')
    text(b, 'in')
      .selectKey((_, v) => v)
      .join(facts, (x) => x)
      .to('out')
  },
  'join with a step': (b) => {
    const facts = b
      .table<string, string>('facts')
      .filter(yes)
      .mapValues((v) => v)
    text(b, 'in')
      .join(facts, (x) => x)
      .to('out')
  },
  'join with a count': (b) => {
    const input = text(b, 'in')
    input.join(input.groupByKey().count(), (x) => x).to('out')
  },
  'named join after map': (b) => {
    const facts = b.table<string, string>('facts')
    text(b, 'in')
      .selectKey((_, v) => v)
      .join(facts, (x) => x, { name: 'joined' })
      .to('out')
  },
}

const minutes = TimeWindows.ofSizeWithNoGrace(60_000)
const sessions = SessionWindows.ofInactivityGapWithNoGrace(60_000)
const near = JoinWindows.ofTimeDifferenceWithNoGrace(60_000)
const second = <V>(_: V, value: V) => value

const windows: Record<string, Program> = {
  'windowed count': (b) => text(b, 'in').groupByKey().windowedBy(minutes).count().toStream().to('out'),
  'windowed reduce in a named store': (b) =>
    text(b, 'in')
      .groupBy((_, v) => v, { name: 'words' })
      .windowedBy(minutes)
      .reduce(second, { name: 'reducer', store: 'last' })
      .toStream()
      .to('out'),
  'windowed aggregate after map': (b) =>
    text(b, 'in')
      .map(same)
      .groupByKey()
      .windowedBy(minutes)
      .aggregate(
        () => '',
        (_k, _v, a) => a,
      )
      .filter(yes)
      .toStream()
      .to('out'),
  'sliding and session windows': (b) => {
    const grouped = text(b, 'in').groupByKey()
    grouped.windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(60_000)).count().toStream().to('a')
    grouped.windowedBy(sessions).count().toStream().to('b')
    grouped.windowedBy(sessions).reduce(second).toStream().to('c')
    grouped
      .windowedBy(sessions)
      .aggregate(
        () => '',
        (_k, _v, a) => a,
        (_k, one) => one,
        { name: 'sessions', store: 'kept' },
      )
      .toStream()
      .to('d')
    grouped.windowedBy(UnlimitedWindows.of()).count().toStream().to('e')
  },
  'final results of windows': (b) => {
    const grouped = text(b, 'in').groupByKey()
    const close = EmitStrategy.onWindowClose()
    grouped.windowedBy(minutes).emitStrategy(close).count().toStream().to('a')
    grouped
      .windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(60_000))
      .emitStrategy(close)
      .reduce(second, { name: 'slid' })
      .toStream()
      .to('b')
    grouped.windowedBy(sessions).emitStrategy(close).count({ store: 'kept' }).toStream().to('c')
  },
  'windows of one named group': (b) => {
    const grouped = text(b, 'in').groupBy((_, v) => v, { name: 'words' })
    grouped.count().toStream().to('a')
    grouped.windowedBy(minutes).count().toStream().to('b')
    grouped.windowedBy(sessions).count().toStream().to('c')
  },
}

const suppressions: Record<string, Program> = {
  suppress: (b) =>
    b.table('in').suppress(Suppressed.untilTimeLimit(60_000, BufferConfig.unbounded())).toStream().to('out'),
  'suppress a windowed count': (b) =>
    text(b, 'in')
      .groupByKey()
      .windowedBy(minutes)
      .count()
      .filter((_, v) => v > 1)
      .suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()), { name: 'final' })
      .toStream()
      .to('out'),
  'join with a suppressed table': (b) =>
    text(b, 'in')
      .join(
        b
          .table<string, string>('facts')
          .filter(yes)
          .suppress(Suppressed.untilTimeLimit(60_000, BufferConfig.maxRecords(9))),
        (x) => x,
      )
      .to('out'),
}

const tableJoins: Record<string, Program> = {
  'table joins': (b) => {
    const one = b.table<string, string>('one')
    const two = b.table<string, string>('two')
    one
      .join(two, (x) => x)
      .toStream()
      .to('a')
    one
      .leftJoin(two, (x) => x, { name: 'left' })
      .toStream()
      .to('b')
    one
      .outerJoin(two, (x) => x, { name: 'outer', store: 'kept' })
      .toStream()
      .to('c')
  },
  'table join of steps and counts': (b) => {
    const one = b
      .table<string, string>('one')
      .filter(yes)
      .mapValues((v) => v)
    const two = text(b, 'two')
      .groupBy((_, v) => v)
      .count()
    const joined = one.join(two, (x) => x)
    joined
      .leftJoin(one, (x) => x)
      .filter(yes)
      .toStream()
      .to('out')
    text(b, 'in')
      .join(joined, (x) => x)
      .to('out')
  },
}

const foreignKeys: Record<string, Program> = {
  'foreign key join': (b) =>
    b
      .table<string, string>('one')
      .join(
        b.table<string, string>('two'),
        (v) => v,
        (x) => x,
      )
      .toStream()
      .to('out'),
  'foreign key joins with names': (b) => {
    const one = b.table<string, string>('one')
    const two = b.table<string, string>('two')
    const [value, left] = [(v: string) => v, (x: string) => x]
    one.leftJoin(two, value, left, { name: 'named' }).toStream().to('a')
    one.join(two, value, left, { store: 'kept' }).toStream().to('b')
    one
      .join(two, (v, k) => k + v, left, { name: 'both', store: 'stored' })
      .filter(yes)
      .toStream()
      .to('c')
  },
  'foreign key join of steps and counts': (b) => {
    const one = b
      .table<string, string>('one')
      .filter(yes)
      .mapValues((v) => v)
    const two = text(b, 'two')
      .groupBy((_, v) => v)
      .count()
    const joined = one.join(
      two,
      (v) => v,
      (x) => x,
    )
    joined
      .leftJoin(one, (x) => x)
      .filter(yes)
      .toStream()
      .to('out')
    text(b, 'in')
      .join(joined, (x) => x)
      .to('out')
  },
  'foreign key join with itself': (b) => {
    const one = b.table<string, string>('one')
    one
      .leftJoin(
        one,
        (v) => v,
        (x) => x,
      )
      .toStream()
      .to('out')
  },
  'foreign key join of joins': (b) =>
    b
      .table<string, string>('one')
      .join(
        b.table<string, string>('two'),
        (v) => v,
        (x) => x,
      )
      .join(
        b.table<string, string>('three'),
        (v) => v,
        (x) => x,
      )
      .suppress(Suppressed.untilTimeLimit(60_000, BufferConfig.unbounded()))
      .toStream()
      .to('out'),
}

const all = (_k: string, _v: string, a: string) => a
const empty = () => ''

const cogroups: Record<string, Program> = {
  cogroup: (b) =>
    text(b, 'one')
      .groupByKey()
      .cogroup(all)
      .cogroup(text(b, 'two').groupByKey(), all)
      .aggregate(empty)
      .toStream()
      .to('out'),
  'cogroup of one': (b) => text(b, 'one').groupByKey().cogroup(all).aggregate(empty).filter(yes).toStream().to('out'),
  'cogroup with names and repartitions': (b) => {
    const one = text(b, 'one').groupBy((_, v) => v, { name: 'ones' })
    const two = text(b, 'two').groupByKey()
    const three = text(b, 'three').groupBy((_, v) => v)
    const groups = one.cogroup(all).cogroup(two, all).cogroup(three, all)
    groups.aggregate(empty, { name: 'both', store: 'kept' }).toStream().to('a')
    groups.windowedBy(minutes).aggregate(empty, { name: 'minutes' }).toStream().to('b')
  },
  'cogroup in windows': (b) => {
    const groups = text(b, 'one').groupByKey().cogroup(all).cogroup(text(b, 'two').groupByKey(), all)
    groups.windowedBy(minutes).aggregate(empty).toStream().to('a')
    groups
      .windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(60_000))
      .aggregate(empty, { store: 'sliding' })
      .suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()))
      .toStream()
      .to('b')
    groups
      .windowedBy(sessions)
      .aggregate(empty, (_, one) => one, { name: 'sessions' })
      .toStream()
      .to('c')
  },
}

const streamJoins: Record<string, Program> = {
  'stream join': (b) =>
    text(b, 'one')
      .join(text(b, 'two'), (x) => x, near)
      .to('out'),
  'stream left join': (b) =>
    text(b, 'one')
      .leftJoin(text(b, 'two'), (x) => x, near)
      .to('out'),
  'stream outer join': (b) =>
    text(b, 'one')
      .outerJoin(text(b, 'two'), (x) => x, near)
      .to('out'),
  'stream joins with names': (b) => {
    const one = text(b, 'one').selectKey((_, v) => v)
    const two = text(b, 'two').selectKey((_, v) => v)
    one.leftJoin(two, (x) => x, near, { name: 'named', store: 'stored' }).to('a')
    text(b, 'three')
      .outerJoin(two, (x) => x, near, { store: 'kept' })
      .to('b')
  },
}

const byValue = (_: string, value: string) => ({ key: value, value })

const groupedTables: Record<string, Program> = {
  'grouped table': (b) => b.table<string, string>('in').groupBy(byValue).count().filter(yes).toStream().to('out'),
  'tables of one grouped table': (b) => {
    const groups = b.table<string, string>('in').filter(yes).groupBy(byValue)
    groups
      .reduce(
        (x) => x,
        (x) => x,
      )
      .toStream()
      .to('a')
    groups.aggregate(empty, all, all, { name: 'all', store: 'kept' }).toStream().to('b')
    groups.count({ name: 'counter' }).toStream().to('c')
  },
  'tables of one named grouped table': (b) => {
    const counts = text(b, 'in').groupByKey().count()
    const groups = counts.groupBy((key, value) => ({ key, value }), { name: 'by-value' })
    groups.count({ store: 'kept' }).toStream().to('a')
    const sums = groups.reduce(
      (x, y) => x + y,
      (x, y) => x - y,
      { name: 'sums', store: 'summed' },
    )
    text(b, 'other')
      .join(sums, (x) => x)
      .to('b')
  },
}

const taking = () => ({ process: () => {} })

const globalTables: Record<string, Program> = {
  'global table': (b) => {
    const facts = b.globalTable<string, string>('facts')
    text(b, 'in')
      .join(facts, second, (x) => x)
      .to('out')
  },
  'global table with names': (b) => {
    const facts = b.globalTable<string, string>('facts', { name: 'source', store: 'kept' })
    text(b, 'in')
      .leftJoin(facts, second, (x) => x, { name: 'joined' })
      .to('out')
  },
  'global tables between others': (b) => {
    const one = text(b, 'one')
    const facts = b.globalTable<string, string>('facts')
    const further = b.globalTable<string, string>('further', { store: 'kept' })
    const two = text(b, 'two')
    one.join(facts, second, (x) => x).to('a')
    two.leftJoin(further, second, (x) => x).to('b')
    one
      .selectKey((_, v) => v)
      .leftJoin(further, second, (x) => x)
      .groupByKey()
      .count()
      .toStream()
      .join(
        facts,
        (k) => k,
        (_, y) => y,
      )
      .to('c')
  },
  'global stores': (b) => {
    b.addGlobalStore(keyValueStore('one'), 'facts', taking)
    b.addGlobalStore(keyValueStore('two'), 'further', taking, { name: 'named' })
    text(b, 'in').process(passing).to('out')
  },
}

const processors: Record<string, Program> = {
  process: (b) => {
    b.addStateStore(keyValueStore('seen'))
    text(b, 'in')
      .process(passing, { stores: ['seen'] })
      .to('out')
  },
  'process without a store': (b) => text(b, 'in').process(passing).to('out'),
  'process, then count': (b) => text(b, 'in').process(passing).groupByKey().count().toStream().to('out'),
  'process values, then count': (b) => {
    b.addStateStore(keyValueStore('seen'))
    const input = text(b, 'in')
    input
      .processValues(keeping, { stores: ['seen'] })
      .groupByKey()
      .count()
      .toStream()
      .to('out')
    input
      .selectKey((_, v) => v)
      .processValues(keeping, { name: 'named' })
      .groupByKey({ name: 'again' })
      .count()
      .toStream()
      .to('out')
  },
  'a store of two': (b) => {
    b.addStateStore(keyValueStore('seen'))
    for (const topic of ['one', 'two'])
      text(b, topic)
        .process(passing, { stores: ['seen'] })
        .to('out')
    text(b, 'three').to('out')
  },
}

const programs: Readonly<Record<string, Program>> = {
  ...stateless,
  ...repartitions,
  ...aggregations,
  ...tables,
  ...joins,
  ...windows,
  ...suppressions,
  ...tableJoins,
  ...foreignKeys,
  ...cogroups,
  ...streamJoins,
  ...groupedTables,
  ...globalTables,
  ...processors,
}

/** What our topologies say of themselves, in the form that the Java program prints. */
export function describePrograms(): string {
  return Object.entries(programs)
    .map(([name, program]) => {
      const builder = new StreamsBuilder()
      program(builder)
      return `== ${name}\n${builder.build().describe()}`
    })
    .join('')
}
