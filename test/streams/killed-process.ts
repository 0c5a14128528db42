import { EmitStrategy, StreamsBuilder, serdes, TimeWindows } from '../../src/streams/index.ts'
import { runUntilKilled } from './run-until-killed.ts'

/** A process of one of these programs, until it is killed: servers, application id, guarantee, program. */
const [bootstrap = '', id = '', guarantee = '', program = ''] = process.argv.slice(2)
const texts = { key: serdes.string, value: serdes.string }
const builder = new StreamsBuilder()

const programs: Readonly<Record<string, () => void>> = {
  join: () =>
    builder
      .table<string, string>(`${id}-orders`, texts)
      .leftJoin(
        builder.table<string, string>(`${id}-users`, texts),
        (order) => order.split(' ')[0],
        (order, user) => `${order} ${user}`,
      )
      .toStream()
      .to(`${id}-out`, texts),
  grouped: () => {
    const names = builder.globalTable<string, string>(`${id}-names`, texts)
    builder
      .table<string, string>(`${id}-orders`, texts)
      .groupBy((_, order) => ({ key: order.split(' ')[0], value: order }), { name: 'by-user', ...texts })
      .count({ store: 'counts' })
      .toStream()
      .join(
        names,
        (user) => user,
        (count, name) => `${name} ${count}`,
      )
      .to(`${id}-out`, texts)
  },
  final: () =>
    builder
      .stream<string, string>(`${id}-in`, texts)
      .groupByKey()
      .windowedBy(TimeWindows.ofSizeWithNoGrace(1000))
      .emitStrategy(EmitStrategy.onWindowClose())
      .reduce((_, value) => value)
      .toStream()
      .map(({ key, window }, value) => ({ key: `${key}@${window.start}`, value }))
      .to(`${id}-out`, texts),
}
programs[program]?.()
await runUntilKilled(builder, { bootstrap, id, guarantee }, { '__emit.interval.ms.kstreams.windowed.aggregation__': 0 })
