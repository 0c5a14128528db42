import { afterAll, describe, expect, it } from 'vitest'
import { streamsAtNode, whereProcessesAreKilled } from './at-node.ts'
import { latest, type StreamsHarness } from './harness.ts'
import { Processes } from './processes.ts'

const WORDS = 12
const ROUNDS = 4
let harness: StreamsHarness
const program = new URL('counter-process.ts', import.meta.url)
const processes = new Processes()

streamsAtNode((given) => {
  harness = given
}, whereProcessesAreKilled)
afterAll(() => processes.killAll())

/** Starts the counting process. */
const start = (...args: string[]) => processes.start(program, harness.bootstrap, ...args)

const round = (topic: string) =>
  harness.produce(...Array.from({ length: WORDS }, (_, at) => ({ topic, partition: at % 2, value: `w${at}` })))

describe('an application that is killed', () => {
  it.each(['at_least_once', 'exactly_once_v2'])(
    'goes on from its changelog and its last commit, %s',
    async (guarantee) => {
      const [from, to] = [`in-${guarantee}`, `out-${guarantee}`] as const
      await harness.topics({ [from]: 2, [to]: 1 })
      for (let rounds = 1; rounds <= ROUNDS; rounds++) {
        const counter = start(`app-${guarantee}`, from, to, guarantee)
        await counter.running
        await round(from)
        if (rounds < ROUNDS) {
          // Killed somewhere in the middle of its work.
          await harness.read(to, (found) => found.length > rounds * 4)
          await counter.kill()
        } else {
          const records = await harness.read(
            to,
            (found) =>
              Object.values(latest(found)).every((count) => Number(count) >= ROUNDS) &&
              Object.keys(latest(found)).length === WORDS,
          )
          const counts = Object.values(latest(records)).map(Number)
          // Nothing is lost; what was not committed may count twice, but exactly once it may not.
          if (guarantee === 'exactly_once_v2') {
            expect(counts).toEqual(counts.map(() => ROUNDS))
            expect(records).toHaveLength(WORDS * ROUNDS)
          } else expect(Math.min(...counts)).toBeGreaterThanOrEqual(ROUNDS)
          await counter.kill()
        }
      }
    },
    120_000,
  )
})
