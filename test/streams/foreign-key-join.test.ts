import { afterAll, describe, expect, it } from 'vitest'
import { StreamsBuilder, serdes } from '../../src/streams/index.ts'
import { streamsAtNode, whereProcessesAreKilled } from './at-node.ts'
import { latest, type StreamsHarness } from './harness.ts'
import { Processes } from './processes.ts'

const texts = { key: serdes.string, value: serdes.string }
let harness: StreamsHarness
const program = new URL('killed-process.ts', import.meta.url)
const processes = new Processes()

streamsAtNode((given) => {
  harness = given
}, whereProcessesAreKilled)
afterAll(() => processes.killAll())

/** Starts the joining process. */
const start = (...args: string[]) => processes.start(program, harness.bootstrap, ...args, 'join')

const ORDERS = 24
const USERS = 5

/** Orders and users of a round, in which each order has another user than before and each user another name; and what comes of them. */
function round(id: string, number: number) {
  const name = (user: number) => `name${number}.${user}`
  const users = Array.from({ length: USERS }, (_, user) => ({
    topic: `${id}-users`,
    key: `u${user}`,
    value: name(user),
  }))
  const userOf = (order: number) => (order + number) % (USERS + 1)
  const orders = Array.from({ length: ORDERS }, (_, order) => ({
    topic: `${id}-orders`,
    key: `o${order}`,
    value: `u${userOf(order)} ${number}`,
  }))
  const results = orders.map(({ key, value }, order) => {
    // One user is not there.
    const user = userOf(order)
    return [key, `${value} ${user === USERS ? null : name(user)}`] as const
  })
  return {
    records: [...orders.slice(0, ORDERS / 2), ...users, ...orders.slice(ORDERS / 2)],
    results: Object.fromEntries(results),
  }
}

const isThere = (results: Readonly<Record<string, string>>) => (found: Parameters<typeof latest>[0]) => {
  const now = latest(found)
  return Object.entries(results).every(([key, value]) => now[key] === value)
}

describe('a join by foreign keys', () => {
  it.each(['at_least_once', 'exactly_once_v2'])(
    'comes to the same when its instances are killed and hand over, %s',
    async (guarantee) => {
      const id = `fk-${guarantee}`
      await harness.topics({ [`${id}-orders`]: 3, [`${id}-users`]: 2, [`${id}-out`]: 1 })
      let before = start(id, guarantee)
      await before.running
      for (let number = 1; number <= 3; number++) {
        const { records, results } = round(id, number)
        await harness.produce(...records)
        // The next one takes over from the middle of the work.
        const next = start(id, guarantee)
        const any = Object.entries(results).slice(0, 4)
        await harness.read(`${id}-out`, (found) => any.some(([key, value]) => latest(found)[key] === value))
        await before.kill()
        await next.running
        expect(latest(await harness.read(`${id}-out`, isThere(results)))).toEqual(results)
        before = next
      }
      await before.kill()
    },
    120_000,
  )

  it('goes by the partitioners of its tables', async () => {
    await harness.topics({ orders: 3, users: 2, joined: 1 })
    const builder = new StreamsBuilder()
    // Both tables are spread by the ends of their keys, which no hash knows.
    const place = (key: string, partitions: number) => Number(key.slice(1)) % partitions
    builder
      .table<string, string>('orders', texts)
      .join(
        builder.table<string, string>('users', texts),
        (order) => order,
        (_, user) => user,
        { name: 'spread', partitioner: place, otherPartitioner: place },
      )
      .toStream()
      .to('joined', texts)
    const app = harness.application('spread', builder.build(), { 'statestore.cache.max.bytes': 0 })
    await app.start()
    const at = (topic: string, key: string, value: string, partitions: number) => ({
      topic,
      key,
      value,
      partition: place(key, partitions),
    })
    const numbers = Array.from({ length: 12 }, (_, number) => number)
    await harness.produce(
      ...numbers.map((number) => at('users', `u${number}`, `name${number}`, 2)),
      ...numbers.map((number) => at('orders', `o${number}`, `u${11 - number}`, 3)),
    )
    const results = Object.fromEntries(numbers.map((number) => [`o${number}`, `name${11 - number}`]))
    expect(latest(await harness.read('joined', isThere(results)))).toEqual(results)
    await app.close()
  }, 30_000)
})
