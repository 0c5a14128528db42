import {
  BufferConfig,
  type Cancellable,
  EmitStrategy,
  type FixedKeyProcessor,
  type FixedKeyProcessorContext,
  type FixedWindows,
  JoinWindows,
  type KeyValue,
  type KeyValueStore,
  type KTable,
  keyValueStore,
  type Processor,
  type ProcessorContext,
  type PunctuationType,
  SessionWindows,
  SlidingWindows,
  type StreamsBuilder,
  Suppressed,
  serdes,
  TimeWindows,
  UnlimitedWindows,
  type Windowed,
  type WindowedOptions,
} from '../../src/streams/index.ts'

/** The programs of `test/support/java/StreamsDialogs.java`, under the same names. */

type Program = (builder: StreamsBuilder) => void
const { string: text, long } = serdes
const texts = { key: text, value: text }
const stream = (b: StreamsBuilder, topic: string) => b.stream<string, string>(topic, texts)
const grouped = (b: StreamsBuilder) => stream(b, 'in').groupByKey(texts)
const longer = (size: number) => (_: unknown, value: string) => value.length > size

const letters = (_: string, value: string | null, all: string | null) =>
  value === 'none' ? null : (all ?? '') + (value === null ? '?' : value.charAt(0))

const counted = (b: StreamsBuilder, windows: FixedWindows, options: WindowedOptions<string, number> = {}) =>
  grouped(b).windowedBy(windows).count(options).toStream().to('out')

const out = (table: KTable<Windowed<string>, string>) => table.toStream().to('out', { value: text })

const windows: Record<string, Program> = {
  'tumbling count': (b) => counted(b, TimeWindows.ofSizeAndGrace(10, 5), { store: 'counts' }),
  'hopping reduce': (b) =>
    out(
      grouped(b)
        .windowedBy(TimeWindows.ofSizeWithNoGrace(10).advanceBy(4))
        .reduce((all, value) => `${all}+${value}`),
    ),
  'tumbling aggregate without a cache, filtered': (b) =>
    out(
      grouped(b)
        .windowedBy(TimeWindows.ofSizeAndGrace(10, 20))
        .aggregate(() => '', letters, { store: 'letters', value: text, caching: false })
        .filter(longer(1)),
    ),
  'tumbling aggregate behind a map': (b) =>
    out(
      stream(b, 'in')
        .groupBy((_, value) => value, { name: 'by-value', ...texts })
        .windowedBy(TimeWindows.ofSizeWithNoGrace(10))
        .aggregate(() => '', letters, texts),
    ),
  'short retention': (b) => counted(b, TimeWindows.ofSizeWithNoGrace(10), { store: 'kept', retentionMs: 10 }),
  unlimited: (b) =>
    grouped(b)
      .windowedBy(UnlimitedWindows.of().startOn(12))
      .count({ store: 'all' })
      .toStream()
      .selectKey(({ key, window }) => `${key}${window.start}`)
      .to('out', { key: text, value: long }),
  'sliding aggregate': (b) =>
    out(
      grouped(b)
        .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(10, 15))
        .aggregate(() => '', letters, { store: 'slid', value: text, caching: false }),
    ),
  'sliding count': (b) =>
    grouped(b).windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(7)).count().toStream().to('out'),
  'session count': (b) =>
    grouped(b)
      .windowedBy(SessionWindows.ofInactivityGapAndGrace(6, 4))
      .count({ store: 'sessions' })
      .toStream()
      .to('out'),
  'session reduce without a cache': (b) =>
    out(
      grouped(b)
        .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(5))
        .reduce((all, value) => `${all}+${value}`, { store: 'joined', caching: false }),
    ),
  'session aggregate, filtered': (b) =>
    out(
      grouped(b)
        .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 30))
        .aggregate(
          () => '',
          letters,
          (_, one, two) => one + two,
          texts,
        )
        .filter(longer(1)),
    ),
}

const both = (one: string | null, other: string | null) => `${one}&${other}`
const table = (b: StreamsBuilder, topic: string) => b.table<string, string>(topic, texts)
const byValue = (_: string, value: string) => value

const repartitions: Record<string, Program> = {
  'repartition without keys': (b) =>
    stream(b, 'in')
      .selectKey(byValue)
      .repartition({ name: 'again', ...texts })
      .to('out'),
  'joins behind a change of keys': (b) => {
    const other = table(b, 'other')
    const keyed = stream(b, 'in').selectKey(byValue)
    keyed.join(other, both, { name: 'inner', ...texts }).to('out', texts)
    keyed.leftJoin(other, both, { name: 'left', ...texts }).to('out', texts)
  },
  'left join behind a repartition': (b) =>
    stream(b, 'in')
      .repartition({ name: 'again', ...texts })
      .leftJoin(table(b, 'other'), both, texts)
      .to('out', texts),
  'table behind a change of keys': (b) =>
    stream(b, 'in')
      .selectKey(byValue)
      .toTable({ store: 'kept', ...texts })
      .toStream()
      .to('out'),
  'aggregate of late records': (b) =>
    grouped(b)
      .aggregate(() => '', letters, { store: 'all', value: text, caching: false })
      .filter(longer(1))
      .toStream()
      .to('out'),
}

const tables: Record<string, Program> = {
  'table join': (b) => table(b, 'in').join(table(b, 'other'), both).toStream().to('out', texts),
  'table left join': (b) => table(b, 'in').leftJoin(table(b, 'other'), both).toStream().to('out', texts),
  'table outer join': (b) => table(b, 'in').outerJoin(table(b, 'other'), both).toStream().to('out', texts),
  'table joins in stores': (b) => {
    const input = table(b, 'in')
    const other = table(b, 'other')
    input.join(other, both, { store: 'inner', value: text }).toStream().to('out')
    input.leftJoin(other, both, { store: 'left', value: text, caching: false }).filter(longer(8)).toStream().to('out')
    input.outerJoin(other, both, { store: 'outer', value: text }).filter(longer(8)).toStream().to('out')
  },
  'table joins of joins': (b) => {
    const input = table(b, 'in').mapValues((value) => `${value}!`)
    const other = table(b, 'other').filter(longer(3))
    const left = input.leftJoin(other, both)
    const outer = other.outerJoin(input, both)
    left
      .join(outer, (one, two) => `${one}/${two}`)
      .filter(longer(16))
      .toStream()
      .to('out', texts)
    const asked = (ask: string, found: string) => `${ask}:${found}`
    stream(b, 'asks').join(left, asked).to('out', texts)
    stream(b, 'asks-too').join(outer, asked).to('out', texts)
  },
}

const within = (b: StreamsBuilder, windows: JoinWindows, options: { store?: string } = {}) => {
  const given = { ...texts, otherValue: text, ...options }
  return [stream(b, 'in'), stream(b, 'other'), windows, given] as const
}
const around = (difference: number, grace: number) => JoinWindows.ofTimeDifferenceAndGrace(difference, grace)

const streams: Record<string, Program> = {
  'stream join': (b) => {
    const [input, other, windows, given] = within(b, JoinWindows.ofTimeDifferenceWithNoGrace(5))
    input.join(other, both, windows, given).to('out', texts)
  },
  'stream join, before and after': (b) => {
    const [input, other, windows, given] = within(b, around(5, 10).before(0).after(12))
    input.join(other, both, windows, given).to('out', texts)
  },
  'stream left join': (b) => {
    const [input, other, windows, given] = within(b, around(5, 0))
    input.leftJoin(other, both, windows, given).to('out', texts)
  },
  'stream left join, before and after': (b) => {
    const [input, other, windows, given] = within(b, around(5, 4).before(8).after(2))
    input.leftJoin(other, both, windows, given).to('out', texts)
  },
  'stream outer join': (b) => {
    const [input, other, windows, given] = within(b, around(5, 3))
    input.outerJoin(other, both, windows, given).to('out', texts)
  },
  'stream outer join, before and after': (b) => {
    const [input, other, windows, given] = within(b, around(5, 0).before(3).after(9), { store: 'pairs' })
    input.outerJoin(other, both, windows, given).to('out', texts)
  },
  'stream join behind changes of keys': (b) =>
    stream(b, 'in')
      .selectKey(byValue)
      .join(stream(b, 'other').selectKey(byValue), both, around(5, 0), texts)
      .to('out', texts),
  'stream left join behind changes of keys': (b) => {
    const keyOf = (key: string, value: string) => (key === 'a' ? null : value) as string
    stream(b, 'in')
      .selectKey(keyOf)
      .leftJoin(stream(b, 'other').selectKey(keyOf), both, around(5, 0), { ...texts, name: 'named' })
      .to('out', texts)
  },
  'stream outer join behind changes of keys': (b) => {
    const keyOf = (key: string, value: string) => (key === 'a' ? null : value) as string
    stream(b, 'in')
      .selectKey(keyOf)
      .outerJoin(stream(b, 'other').selectKey(keyOf), both, around(5, 0), texts)
      .to('out', texts)
  },
}

const final = Suppressed.untilWindowCloses(BufferConfig.unbounded())

const suppressions: Record<string, Program> = {
  'suppress until windows close': (b) =>
    grouped(b)
      .windowedBy(TimeWindows.ofSizeAndGrace(10, 5))
      .count({ store: 'counts' })
      .suppress(final)
      .toStream()
      .to('out'),
  'suppress sessions until they close': (b) =>
    grouped(b)
      .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 3))
      .count({ store: 'sessions' })
      .suppress(final)
      .toStream()
      .to('out'),
  'suppress for a time': (b) =>
    table(b, 'in')
      .suppress(Suppressed.untilTimeLimit(12, BufferConfig.maxRecords(3)))
      .toStream()
      .to('out'),
  'suppress a filtered table': (b) =>
    table(b, 'in')
      .filter(longer(3))
      .suppress(Suppressed.untilTimeLimit(12, BufferConfig.maxBytes(400)))
      .filter(longer(4))
      .toStream()
      .to('out'),
  'join with what is held back': (b) =>
    stream(b, 'asks')
      .join(table(b, 'in').suppress(Suppressed.untilTimeLimit(9, BufferConfig.maxBytes(140))), both)
      .to('out', texts),
  'sessions filtered into a store': (b) =>
    out(
      grouped(b)
        .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 3))
        .reduce((all, value) => `${all}+${value}`, { store: 'joined', caching: false })
        .filter(longer(6), { store: 'long', value: text, caching: false }),
    ),
}

const initial = (value: string) => (value === 'none' ? null : value.slice(0, 1))

const foreignKeys: Record<string, Program> = {
  'foreign key join': (b) => table(b, 'in').join(table(b, 'other'), initial, both).toStream().to('out', texts),
  'foreign key left join': (b) => table(b, 'in').leftJoin(table(b, 'other'), initial, both).toStream().to('out', texts),
  'foreign key joins in stores': (b) => {
    const input = table(b, 'in')
    const other = table(b, 'other')
    const keyOf = (value: string, key: string) => (key === 'a' ? 'j' : initial(value))
    const inner = { name: 'inner', store: 'inner-results', caching: false, ...texts }
    input.join(other, keyOf, both, inner).filter(longer(7)).toStream().to('out', texts)
    const left = { name: 'left', store: 'left-results', ...texts }
    input.leftJoin(other, keyOf, both, left).filter(longer(7)).toStream().to('out', texts)
  },
  'foreign key join of steps and counts': (b) => {
    const counts = stream(b, 'other').groupByKey(texts).count()
    const joined = table(b, 'in')
      .mapValues((value) => `${value}!`)
      .filter((_, value) => !value.startsWith('mint'))
      .join(
        counts.filter((_, count) => count > 1),
        initial,
        (value, count) => `${value}${count}`,
      )
    stream(b, 'asks')
      .leftJoin(joined, (ask, found) => `${ask}:${found}`)
      .to('out', texts)
  },
  'foreign key join with itself': (b) => {
    const input = table(b, 'in')
    input.leftJoin(input, initial, both).toStream().to('out', texts)
  },
  'foreign key join of joins': (b) =>
    table(b, 'in')
      .leftJoin(table(b, 'other'), initial, both)
      .join(
        table(b, 'third'),
        (pair) => pair.slice(pair.indexOf('&') + 1),
        (pair, third) => `${pair}&${third}`,
      )
      .toStream()
      .to('out', texts),
}

const capitals = (key: string, value: string, all: string) => letters(key, value, all)?.toUpperCase() ?? null
const cogrouped = (b: StreamsBuilder) =>
  grouped(b).cogroup<string>(letters).cogroup(stream(b, 'other').groupByKey(texts), capitals)
const empty = () => ''

const cogroups: Record<string, Program> = {
  cogroup: (b) => cogrouped(b).aggregate(empty, texts).toStream().to('out', texts),
  'cogroup without a cache, filtered': (b) =>
    stream(b, 'other')
      .groupBy(byValue, { name: 'by-value', ...texts })
      .cogroup((_key, _value, sum: string) => `${sum}1`)
      .cogroup(grouped(b), letters)
      .cogroup(stream(b, 'third').groupByKey(texts), () => null)
      .aggregate(empty, { store: 'kept', caching: false, ...texts })
      .filter(longer(1))
      .toStream()
      .to('out', texts),
  'cogroup in hopping windows': (b) =>
    out(cogrouped(b).windowedBy(TimeWindows.ofSizeAndGrace(10, 5).advanceBy(6)).aggregate(empty, texts)),
  'cogroup in sliding windows': (b) =>
    out(
      cogrouped(b)
        .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(8, 5))
        .aggregate(empty, { store: 'slid', caching: false, ...texts }),
    ),
  'cogroup in sessions': (b) =>
    out(
      cogrouped(b)
        .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 4))
        .aggregate(empty, (_, one, two) => one + two, texts)
        .filter(longer(1)),
    ),
}

const close = EmitStrategy.onWindowClose()

const finals: Record<string, Program> = {
  'final tumbling count': (b) =>
    grouped(b)
      .windowedBy(TimeWindows.ofSizeAndGrace(10, 5))
      .emitStrategy(close)
      .count({ store: 'counts' })
      .toStream()
      .to('out'),
  'final hopping aggregate without a cache, filtered': (b) =>
    out(
      grouped(b)
        .windowedBy(TimeWindows.ofSizeAndGrace(10, 3).advanceBy(4))
        .emitStrategy(close)
        .aggregate(empty, letters, { store: 'letters', value: text, caching: false, retentionMs: 60 })
        .filter(longer(1)),
    ),
  'final tumbling reduce without a cache': (b) =>
    out(
      grouped(b)
        .windowedBy(TimeWindows.ofSizeWithNoGrace(10))
        .emitStrategy(close)
        .reduce((all, value) => `${all}+${value}`, { caching: false }),
    ),
  'final sliding aggregate': (b) =>
    out(
      grouped(b)
        .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(8, 5))
        .emitStrategy(close)
        .aggregate(empty, letters, texts),
    ),
  'final session aggregate': (b) =>
    out(
      grouped(b)
        .windowedBy(SessionWindows.ofInactivityGapAndGrace(5, 4))
        .emitStrategy(close)
        .aggregate(empty, letters, (_, one, two) => one + two, texts),
    ),
  'final session count kept longer': (b) =>
    grouped(b)
      .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(5))
      .emitStrategy(close)
      .count({ store: 'sessions', retentionMs: 100 })
      .toStream()
      .to('out'),
  'every change of windows': (b) =>
    grouped(b)
      .windowedBy(TimeWindows.ofSizeWithNoGrace(10))
      .emitStrategy(EmitStrategy.onWindowUpdate())
      .count()
      .toStream()
      .to('out'),
}

function without(all: string, value: string): string | null {
  const rest = all.includes(value) ? all.replace(value, '') : `${all}-${value}`
  return rest === '' ? null : rest
}

const plus = (all: string, value: string) => `${all}+${value}`
const minus = (all: string, value: string) => `${all}-${value}`

const groupedTables: Record<string, Program> = {
  'grouped table count': (b) =>
    table(b, 'in')
      .groupBy((_, value) => ({ key: value.charAt(0), value }), texts)
      .count({ store: 'counts' })
      .toStream()
      .to('out'),
  'grouped table reduce': (b) =>
    table(b, 'in')
      .groupBy((_, value) => ({ key: value.charAt(0), value }), texts)
      .reduce(plus, (all, value) => (value === 'none' ? null : minus(all, value)), texts)
      .toStream()
      .to('out'),
  'grouped table aggregates of one name, filtered': (b) => {
    const groups = table(b, 'in')
      .filter(longer(3))
      .groupBy(
        (key, value) =>
          key === 'd' ? null : { key: key === 'c' ? null : value.charAt(0), value: value === 'water' ? null : value },
        { name: 'by-initial', ...texts },
      )
    groups
      .aggregate(
        empty,
        (_, value, all: string) => (value === 'none' ? null : all + value),
        (_, value, all) => without(all, value),
        { store: 'all', caching: false, ...texts },
      )
      .filter(longer(4))
      .toStream()
      .to('out')
    groups.count().toStream().to('out')
  },
  'grouped table of windows, suppressed': (b) =>
    out(
      grouped(b)
        .windowedBy(TimeWindows.ofSizeAndGrace(10, 4))
        .count()
        .groupBy(
          ({ key, window }, count): KeyValue<Windowed<string>, string> => ({
            key: { key: count > 1 ? 'many' : 'one', window },
            value: key,
          }),
          { key: serdes.timeWindowed(text, 10), value: text },
        )
        .reduce(plus, without)
        .suppress(final),
    ),
  'grouped table of a join and of a count': (b) => {
    table(b, 'in')
      .leftJoin(table(b, 'other'), both)
      .groupBy((_, value) => ({ key: value.slice(value.indexOf('&') + 1), value }), texts)
      .reduce(plus, minus, { store: 'pairs', ...texts })
      .toStream()
      .to('out')
    stream(b, 'asks')
      .groupByKey(texts)
      .count()
      .groupBy((_, count) => ({ key: count % 2 === 0 ? 'even' : 'odd', value: count }), { key: text, value: long })
      .reduce(
        (all, count) => all + count,
        (all, count) => all - count,
      )
      .toStream()
      .to('out')
  },
}

const initialOrNone = (_: string, value: string | null) => (value === null ? null : initial(value))

const globalTables: Record<string, Program> = {
  'global table join': (b) => {
    const facts = b.globalTable<string, string>('other', texts)
    stream(b, 'in').join(facts, initialOrNone, both).to('out', texts)
  },
  'global table left join': (b) => {
    const facts = b.globalTable<string, string>('other', { store: 'facts', ...texts })
    stream(b, 'in').leftJoin(facts, initialOrNone, both).to('out', texts)
  },
  'global table joins by key, and a count': (b) => {
    const facts = b.globalTable<string, string>('other', texts)
    stream(b, 'in')
      .join(facts, (key) => key, both)
      .to('out', texts)
    stream(b, 'in-too')
      .selectKey(byValue)
      .leftJoin(
        facts,
        (key) => key,
        (value, fact) => `${value}${fact}`,
      )
      .groupByKey({ name: 'by-value', ...texts })
      .count()
      .toStream()
      .to('out')
  },
  "global store of one's own": (b) => {
    b.addGlobalStore(keyValueStore('lengths', { key: text, value: long }), 'other', lengths, texts)
    stream(b, 'in').process(asking).to('out', texts)
  },
}

/** Keeps how long all values of a key are. */
function lengths(): Processor<string, string, never, never> {
  let store: KeyValueStore<string, number>
  return {
    init: (context) => {
      store = context.stateStore('lengths')
    },
    process: ({ key, value }) => {
      if (key !== null) store.put(key, value === null ? null : (store.get(key) ?? 0) + value.length)
    },
  }
}

function asking(): Processor<string, string, string, string> {
  let context: ProcessorContext<string, string>
  return {
    init: (given) => {
      context = given
    },
    process: (record) => {
      const all = [...context.stateStore<string, number>('lengths').all()]
      const spelled = all.map(({ key, value }) => `${key}${value}`).join('')
      context.forward({ ...record, value: `${record.value}:${spelled}` })
    },
  }
}

const punctuations: Record<string, Program> = Object.fromEntries(
  (
    [
      ['wall-clock time', 'wall-clock-time'],
      ['stream time', 'stream-time'],
    ] as const
  ).flatMap(([name, type]) => {
    const rung = (b: StreamsBuilder) => {
      b.addStateStore(keyValueStore('seen', texts))
      return stream(b, 'in').process(() => ringing(type), { stores: ['seen'] })
    }
    const programs: [string, Program][] = [
      [`punctuation by ${name}`, (b) => rung(b).to('out', texts)],
      [
        `count of punctuations by ${name}`,
        (b) =>
          rung(b)
            .groupByKey({ name: 'rung', ...texts })
            .count({ store: 'counts' })
            .filter((_, count) => count > 1)
            .toStream()
            .to('out'),
      ],
    ]
    return programs
  }),
)

/** Has several schedules of one kind of time, some of which are due at once; further ones come with records. */
function ringing(type: PunctuationType): Processor<string, string, string, string> {
  let context: ProcessorContext<string, string>
  let seen: KeyValueStore<string, string>
  let wish: Cancellable
  let rung = 0
  const forward = (key: string, value: string, timestamp: number) =>
    context.forward({ key, value, timestamp, headers: [] })
  const ring = (name: string) => (time: number) => {
    forward(
      name,
      `${time}/${type === 'stream-time' ? context.streamTime : 0}/${context.recordMetadata !== undefined}`,
      time,
    )
    if (++rung % 9 === 0) wish.cancel()
  }
  return {
    init: (given) => {
      context = given
      seen = context.stateStore('seen')
      wish = context.schedule(6, type, ring('six'))
      context.schedule(3, type, ring('three'))
      context.schedule(12, type, (time) => {
        for (const { key } of [...seen.all()]) forward(key, seen.delete(key) ?? '', time)
      })
      context.schedule(10, type, ring('anchored'), 4)
    },
    process: ({ key, value }) => {
      if (key === null || value === null) return
      if (value === 'jam') wish = context.schedule(7, type, ring('seven'))
      if (value === 'none') context.schedule(20, type, ring('once'), 1).cancel()
      if (value === 'mint') context.schedule(20, type, ring('late'), 5)
      seen.put(key, value)
    },
  }
}

const values: Record<string, Program> = {
  'process values, then aggregate': (b) => {
    b.addStateStore(keyValueStore('last', texts))
    stream(b, 'in')
      .processValues(remembering, { stores: ['last'] })
      .groupByKey(texts)
      .aggregate(empty, letters, { store: 'letters', caching: false, ...texts })
      .toStream()
      .to('out')
  },
}

/** Lets each value go on with the one before it, a little later, and what is water a second time. */
function remembering(): FixedKeyProcessor<string, string | null, string | null> {
  let context: FixedKeyProcessorContext<string, string | null>
  let last: KeyValueStore<string, string>
  return {
    init: (given) => {
      context = given
      last = given.stateStore('last')
    },
    process: (record) => {
      const { key, value } = record
      if (key === null) return
      const before = last.get(key)
      last.put(key, value)
      const both = before === undefined ? value : `${before}${value}`
      context.forward(record.withValue(both).withTimestamp(record.timestamp + 2))
      if (value === 'water') context.forward(record)
    },
  }
}

export const dialogPrograms: Readonly<Record<string, Program>> = {
  ...windows,
  ...repartitions,
  ...tables,
  ...streams,
  ...suppressions,
  ...foreignKeys,
  ...cogroups,
  ...finals,
  ...groupedTables,
  ...globalTables,
  ...punctuations,
  ...values,
}
