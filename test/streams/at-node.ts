import { afterAll, beforeAll } from 'vitest'
import { retentionAtOnce, startTestServer } from '../support/server.ts'
import { StreamsHarness } from './harness.ts'

/** Properties of a node at which processes of applications are killed. */
export const whereProcessesAreKilled = {
  'transaction.state.log.replication.factor': '1',
  'group.min.session.timeout.ms': '1000',
  // What a killed process has left open holds up those who read what is committed: twelve seconds after each kill without this.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
}

/** A node for the tests of a file, which are given what asks it before the first of them; both end behind the last one. */
export function streamsAtNode(
  take: (harness: StreamsHarness) => void,
  properties: Readonly<Record<string, string>> = {},
): void {
  let end = async () => {}
  beforeAll(async () => {
    const node = await startTestServer({ ...retentionAtOnce, ...properties })
    const harness = new StreamsHarness(node.bootstrap)
    end = async () => {
      await harness.close()
      await node.close()
    }
    take(harness)
  })
  afterAll(() => end())
}
