import { afterAll, describe, expect, it } from 'vitest'
import { streamsAtNode, whereProcessesAreKilled } from './at-node.ts'
import { latest, type StreamsHarness } from './harness.ts'
import { Processes } from './processes.ts'

let harness: StreamsHarness
const program = new URL('killed-process.ts', import.meta.url)
const processes = new Processes()

streamsAtNode((given) => {
  harness = given
}, whereProcessesAreKilled)
afterAll(() => processes.killAll())

const ID = 'grouped'
const ORDERS = 24
const USERS = 5
const names = Array.from({ length: USERS }, (_, user) => ({ topic: `${ID}-names`, key: `u${user}`, value: `n${user}` }))

/** Orders of a round, in which each is another user's than before, and how many each user has then, with the user's name. */
function round(number: number) {
  const counts = names.map(() => 0)
  const records = Array.from({ length: ORDERS }, (_, order) => {
    const user = (order * (number + 1) + number) % USERS
    counts[user] = (counts[user] ?? 0) + 1
    return { topic: `${ID}-orders`, key: `o${order}`, value: `u${user} ${number}` }
  })
  return { records, results: Object.fromEntries(counts.map((count, user) => [`u${user}`, `n${user} ${count}`])) }
}

describe('a table by other keys', () => {
  it('counts each entry once when its instances are killed and hand over', async () => {
    await harness.topics({ [`${ID}-orders`]: 3, [`${ID}-names`]: 2, [`${ID}-out`]: 1 })
    await harness.produce(...names)
    const start = () => processes.start(program, harness.bootstrap, ID, 'exactly_once_v2', 'grouped')
    let before = start()
    await before.running
    let seen = 0
    for (let number = 1; number <= 3; number++) {
      const { records, results } = round(number)
      await harness.produce(...records)
      // The next one takes over from the middle of the work.
      const next = start()
      await harness.read(`${ID}-out`, ({ length }) => length > seen)
      await before.kill()
      await next.running
      const isThere = (found: Parameters<typeof latest>[0]) => {
        const now = latest(found)
        return Object.entries(results).every(([key, value]) => now[key] === value)
      }
      const found = await harness.read(`${ID}-out`, isThere)
      expect(latest(found)).toEqual(results)
      seen = found.length
      before = next
    }
    await before.kill()
  }, 120_000)
})
