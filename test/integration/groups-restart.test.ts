import { expect, it } from 'vitest'
import {
  CreateTopics,
  FindCoordinator,
  Heartbeat,
  JoinGroup,
  OffsetCommit,
  OffsetFetch,
  SyncGroup,
} from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** The node goes away and comes back: its groups do not notice. */
async function ask<A extends Api>(
  { port }: TestServer,
  api: A,
  version: number,
  request: RequestInput<A>,
): Promise<ResponseOf<A>> {
  const client = await RawClient.connect(port)
  const response = await client.call(api, version, request)
  client.destroy()
  if (response === undefined) throw new Error(`${api.name} was not answered`)
  return response
}

it('keeps members, generation, assignment and offsets', async () => {
  let server = await startTestServer()
  await ask(server, CreateTopics, 7, {
    topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
    validateOnly: false,
  })
  const joining: RequestInput<typeof JoinGroup> = {
    groupId: 'g',
    sessionTimeoutMs: 60_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    groupInstanceId: 'one',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('m') }],
  }
  await ask(server, FindCoordinator, 2, { key: 'g', keyType: 0 })
  const joined = await ask(server, JoinGroup, 9, joining)
  const { memberId, generationId } = joined
  const who = { groupId: 'g', memberId, groupInstanceId: 'one', generationId }
  const syncing = { ...who, protocolType: 'consumer', protocolName: 'range' }
  const assignments = [{ memberId, assignment: Buffer.from('p0') }]
  expect((await ask(server, SyncGroup, 5, { ...syncing, assignments })).errorCode).toBe(0)
  const committing = {
    ...{ groupId: 'g', memberId, groupInstanceId: 'one', generationIdOrMemberEpoch: generationId },
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: 'note' }] }],
  }
  await ask(server, OffsetCommit, 9, committing)

  server = await server.restart()
  expect((await ask(server, Heartbeat, 4, who)).errorCode).toBe(0)
  expect((await ask(server, SyncGroup, 5, { ...syncing, assignments: [] })).assignment.toString()).toBe('p0')
  const fetched = await ask(server, OffsetFetch, 8, { groups: [{ groupId: 'g', topics: null }] })
  expect(fetched.groups[0]?.topics[0]?.partitions[0]).toMatchObject({ committedOffset: 7, metadata: 'note' })
  expect((await ask(server, OffsetCommit, 9, committing)).topics[0]?.partitions[0]?.errorCode).toBe(0)
  // Its name is all that a static member needs to come back with.
  const again = await ask(server, JoinGroup, 9, joining)
  expect(again).toMatchObject({ errorCode: 0, generationId, skipAssignment: true })
  expect((await ask(server, Heartbeat, 4, who)).errorCode).toBe(Errors.FENCED_INSTANCE_ID)
  await server.close()
})
