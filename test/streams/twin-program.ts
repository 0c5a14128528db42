import { StreamsBuilder, serdes, type Topology } from '../../src/streams/index.ts'

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
  return builder.build()
}

export const twinOutputs = ['joined', 'left', 'long', 'baskets', 'letters', 'words', 'often', 'last']
