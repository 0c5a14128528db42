import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { latest, StreamsHarness } from './harness.ts'
import { Processes } from './processes.ts'

const WORDS = 12
const ROUNDS = 4
let node: TestServer
let harness: StreamsHarness
const program = new URL('counter-process.ts', import.meta.url)
const processes = new Processes()

beforeAll(async () => {
  node = await startTestServer({
    'transaction.state.log.replication.factor': '1',
    'group.min.session.timeout.ms': '1000',
    // What a killed process has left open holds up those who read what is committed: twelve seconds after each kill without this.
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  })
  harness = new StreamsHarness(node.bootstrap)
})
afterAll(async () => {
  processes.killAll()
  await harness.close()
  await node.close()
})

/** Starts the counting process. */
const start = (...args: string[]) => processes.start(program, node.bootstrap, ...args)

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
