import {
  BufferConfig,
  EmitStrategy,
  JoinWindows,
  SessionWindows,
  SlidingWindows,
  StreamsBuilder,
  Suppressed,
  serdes,
  TimeWindows,
  type Topology,
} from '../../src/streams/index.ts'

/** The program of `test/support/java/StreamsTwin.java`; topics that it writes begin with `out`. */
export function twinTopology(out: string): Topology {
  const builder = new StreamsBuilder()
  const users = builder.table<string, string>('users')
  const orders = builder.stream<string, string>('orders')
  orders.join(users, (order, user) => `${user} buys ${order}`).to(`${out}joined`)
  orders
    .leftJoin(
      users.filter((_, user) => !user.startsWith('x')).mapValues((user) => user.toUpperCase()),
      (order, user) => `${user} gets ${order}`,
    )
    .to(`${out}left`)
  users
    .filter((_, user) => user.length > 3)
    .mapValues((user) => `${user}!`)
    .toStream()
    .to(`${out}long`)
  orders
    .groupByKey()
    .reduce((before, order) => `${before}+${order}`, { store: 'baskets' })
    .toStream()
    .to(`${out}baskets`)
  orders
    .groupByKey()
    .aggregate(
      () => '',
      (_, order, all) => (order === 'none' ? null : all + order.charAt(0)),
    )
    .toStream()
    .to(`${out}letters`)
  const words = orders
    .flatMapValues((order) => order.split('-'))
    .groupBy((_, word) => word)
    .count()
  words.toStream().to(`${out}words`, { value: serdes.long })
  words
    .filter((_, count) => count > 1, { store: 'often' })
    .toStream()
    .to(`${out}often`, { value: serdes.long })
  orders
    .selectKey((_, order) => order)
    .repartition({ name: 'by-order', partitions: 2 })
    .toTable({ store: 'last' })
    .toStream()
    .to(`${out}last`)
  const keyed = orders.groupByKey()
  keyed
    .windowedBy(TimeWindows.ofSizeAndGrace(60, 10))
    .count({ store: 'windowed' })
    .toStream()
    .to(`${out}windowed`, { value: serdes.long })
  keyed
    .windowedBy(TimeWindows.ofSizeWithNoGrace(50))
    .count({ store: 'closing' })
    .suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()))
    .toStream()
    .to(`${out}final`, { value: serdes.long })
  keyed
    .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(40))
    .reduce((before, order) => `${before}+${order}`)
    .toStream()
    .to(`${out}sessions`)
  keyed
    .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(50, 30))
    .count()
    .toStream()
    .to(`${out}sliding`, { value: serdes.long })
  const newest = orders.toTable()
  users
    .outerJoin(newest, (user, order) => `${user} had ${order}`)
    .toStream()
    .to(`${out}outer`)
  users
    .leftJoin(newest, (user, order) => `${user} has ${order}`, { store: 'having' })
    .filter((_, value) => !value.includes('none'))
    .toStream()
    .to(`${out}having`)
  const milk = orders.filter((_, order) => order?.startsWith('milk'))
  orders
    .join(milk, (order, drink) => `${order} with ${drink}`, JoinWindows.ofTimeDifferenceWithNoGrace(70).before(20))
    .to(`${out}near`)
  orders
    .outerJoin(
      milk,
      (order, drink) => `${order} without ${drink}`,
      JoinWindows.ofTimeDifferenceWithNoGrace(3_600_000),
      { store: 'pairs' },
    )
    .to(`${out}pairs`)
  const keyOf = (order: string) => `k${order.length % 5}`
  newest
    .join(users, keyOf, (order, user) => `${order} of ${user}`)
    .toStream()
    .to(`${out}foreign`)
  newest
    .leftJoin(
      users,
      (order) => (order === 'none' ? null : keyOf(order)),
      (order, user) => `${order} or ${user}`,
      { name: 'lefts', store: 'left-results' },
    )
    .toStream()
    .to(`${out}lefts`)
  const close = EmitStrategy.onWindowClose()
  keyed
    .windowedBy(TimeWindows.ofSizeAndGrace(50, 10).advanceBy(20))
    .emitStrategy(close)
    .count({ store: 'closed' })
    .toStream()
    .to(`${out}closed`, { value: serdes.long })
  keyed
    .windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(50))
    .emitStrategy(close)
    .count()
    .toStream()
    .to(`${out}slid`, { value: serdes.long })
  keyed
    .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(40))
    .emitStrategy(close)
    .reduce((before, order) => `${before}+${order}`)
    .toStream()
    .to(`${out}ended`)
  const known = users.toStream().filter((_, user) => user !== null)
  keyed
    .cogroup((_, order, all: string) => all + order.charAt(0))
    .cogroup(known.groupByKey(), (_, user, all) => all + user.toUpperCase())
    .aggregate(() => '')
    .toStream()
    .to(`${out}cogrouped`)
  users
    .groupBy((_, user) => ({ key: user.charAt(0), value: user }))
    .count({ store: 'fans' })
    .toStream()
    .to(`${out}fans`, { value: serdes.long })
  const facts = builder.globalTable<string, string>('facts', { store: 'facts' })
  orders
    .leftJoin(
      facts,
      (_, order) => order,
      (order, fact) => `${order} is ${fact}`,
    )
    .to(`${out}facts`)
  return builder.build()
}

const unwindowed = [
  'joined',
  'left',
  'long',
  'baskets',
  'letters',
  'words',
  'often',
  'last',
  'outer',
  'having',
  'near',
  'pairs',
  'foreign',
  'lefts',
  'closed',
  'slid',
  'ended',
  'cogrouped',
  'fans',
  'facts',
]
export const twinOutputs = [...unwindowed, 'windowed', 'sessions', 'sliding', 'final']
