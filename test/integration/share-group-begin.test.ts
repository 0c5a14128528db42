import { expect, it } from 'vitest'
import { Admin } from '../../src/client/index.ts'
import { FindCoordinator, ShareGroupHeartbeat } from '../../src/protocol/apis/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer } from '../support/server.ts'

const REGULAR_MS = 5000

/** The partitions of a share group are set up behind the answer to its first heartbeat, and given out with a later one. */
it('has the first member of a share group come back soon for its partitions', async () => {
  const server = await startTestServer({ 'group.share.heartbeat.interval.ms': `${REGULAR_MS}` })
  const admin = new Admin({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
  const client = await RawClient.connect(server.port)
  try {
    await admin.createTopics([{ name: 't', partitions: 2, replicationFactor: 1 }])
    // Whoever looks for it first has the topic made in which groups are kept.
    const find = () => client.call(FindCoordinator, 6, { keyType: 0, coordinatorKeys: ['g', 'other'] })
    while ((await find())?.coordinators.some(({ errorCode }) => errorCode !== 0));
    let memberEpoch = 0
    const heartbeat = async (memberId: string, epoch: number, topics: string[] | null = null, groupId = 'g') => {
      const request = { groupId, memberId, memberEpoch: epoch, rackId: null, subscribedTopicNames: topics }
      const answer = await client.call(ShareGroupHeartbeat, 1, request)
      expect(answer).toMatchObject({ errorCode: 0 })
      return answer as NonNullable<typeof answer>
    }
    let answer = await heartbeat('first', memberEpoch, ['t'])
    expect(answer.assignment?.topicPartitions).toEqual([])
    while (!answer.assignment?.topicPartitions.length) {
      expect(answer.heartbeatIntervalMs).toBeLessThanOrEqual(100)
      memberEpoch = answer.memberEpoch
      await new Promise((resolve) => setTimeout(resolve, answer.heartbeatIntervalMs))
      answer = await heartbeat('first', memberEpoch)
    }
    expect(answer.assignment.topicPartitions).toMatchObject([{ partitions: [0, 1] }])
    expect(answer.heartbeatIntervalMs).toBe(REGULAR_MS)
    // Who joins later finds partitions that are set up, and who reads what is not there has nothing to come back for.
    expect(await heartbeat('second', 0, ['t'])).toMatchObject({ heartbeatIntervalMs: REGULAR_MS })
    expect(await heartbeat('third', 0, ['nowhere'], 'other')).toMatchObject({ heartbeatIntervalMs: REGULAR_MS })
  } finally {
    client.destroy()
    await admin.close()
    await server.close()
  }
})
