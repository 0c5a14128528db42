import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../../src/protocol/errors.ts'
import { alterPartition } from '../../../src/server/controller/alter-partition.ts'
import { balanceLeaders, electLeaders, electUnclean } from '../../../src/server/controller/elections.ts'
import { fenceSilent } from '../../../src/server/controller/heartbeats.ts'
import { alterPartitionReassignments } from '../../../src/server/controller/reassignments.ts'
import { ResourceType } from '../../../src/server/metadata/image.ts'
import { metadataRecord } from '../../../src/server/metadata/records.ts'
import { clusterWith, decided, replayed, states, TOPIC } from './cluster-of-three.ts'

/** What leaders and administrators ask of partitions. */
const cluster = clusterWith([{ isr: [1, 2] }])

const asks = (image = cluster, over = {}, brokerId = 1, topicId = TOPIC) => {
  const { reply, ...rest } = decided(image, (context) =>
    alterPartition(context, {
      ...{ brokerId, brokerEpoch: brokerId },
      topics: [
        {
          topicId,
          partitions: [
            {
              ...{ partitionIndex: 0, leaderEpoch: 5, partitionEpoch: 9, leaderRecoveryState: 0 },
              newIsrWithEpochs: [1, 2, 3].map((id) => ({ brokerId: id, brokerEpoch: id })),
              ...over,
            },
          ],
        },
      ],
    }),
  )
  const answer = reply.topics[0]?.partitions[0]
  return { ...rest, answer, error: new KafkaError(answer?.errorCode ?? 0).error }
}

describe('AlterPartition', () => {
  it('changes the ISR, and tells the new partition epoch', () => {
    const { image, answer, error } = asks()
    expect(error).toBe('NONE')
    expect(answer).toMatchObject({ leaderId: 1, leaderEpoch: 5, isr: [1, 2, 3], partitionEpoch: 10 })
    expect(states(image)).toEqual(['1 of 1,2,3'])
    expect(asks(cluster, { newIsrWithEpochs: [], newIsr: [1] }).answer).toMatchObject({ isr: [1], leaderEpoch: 5 })
  })

  it.each<[string, object, string]>([
    ['an older leader epoch', { leaderEpoch: 4 }, 'FENCED_LEADER_EPOCH'],
    ['a newer leader epoch', { leaderEpoch: 6 }, 'NOT_CONTROLLER'],
    ['an older partition epoch', { partitionEpoch: 8 }, 'INVALID_UPDATE_VERSION'],
    ['a newer partition epoch', { partitionEpoch: 10 }, 'NOT_CONTROLLER'],
    ['no leader', { newIsrWithEpochs: [{ brokerId: 2, brokerEpoch: 2 }] }, 'INVALID_REQUEST'],
    ['nobody', { newIsrWithEpochs: [] }, 'INVALID_REQUEST'],
    ['a stranger', { newIsrWithEpochs: [1, 4].map((brokerId) => ({ brokerId, brokerEpoch: -1 })) }, 'INVALID_REQUEST'],
    [
      'somebody twice',
      { newIsrWithEpochs: [1, 1].map((brokerId) => ({ brokerId, brokerEpoch: 1 })) },
      'INVALID_REQUEST',
    ],
    [
      'a former incarnation',
      { newIsrWithEpochs: [1, 2].map((id) => ({ brokerId: id, brokerEpoch: 1 })) },
      'INELIGIBLE_REPLICA',
    ],
    ['a recovery that was not', { leaderRecoveryState: 1 }, 'INVALID_REQUEST'],
    ['another partition', { partitionIndex: 1 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
  ])('with %s is refused', (_, over, error) => {
    const result = asks(cluster, over)
    expect([result.error, result.records]).toEqual([error, []])
  })

  it('is refused of whoever does not lead, of strangers, and for members that are fenced', () => {
    expect(asks(cluster, {}, 2).error).toBe('INVALID_REQUEST')
    expect(asks(cluster, {}, 1, 'EAQFBgcICQoLDA0ODxAREg').error).toBe('UNKNOWN_TOPIC_ID')
    expect(() => asks(cluster, {}, 9)).toThrow(expect.objectContaining({ error: 'STALE_BROKER_EPOCH' }))
    const fenced = decided(cluster, (context) => fenceSilent(context, [3])).image
    expect(asks(fenced).error).toBe('INELIGIBLE_REPLICA')
  })

  it('ends a reassignment, of which a leader that goes is told', () => {
    const sets = { addingReplicas: [3], removingReplicas: [1] }
    const moving = clusterWith([{ replicas: [3, 1], isr: [1], ...sets }])
    const { error, image } = asks(moving, { newIsrWithEpochs: [1, 3].map((id) => ({ brokerId: id, brokerEpoch: id })) })
    expect([error, states(image)]).toEqual(['NEW_LEADER_ELECTED', ['3 of 3']])
  })
})

describe('elections', () => {
  const moved = clusterWith([{ leader: 2 }, { leader: 1 }, { isr: [2, 3], leader: 3 }, { isr: [], leader: -1 }])
  const elect = (electionType: number, topicPartitions: { topic: string; partitions: number[] }[] | null) => {
    const { reply, image } = decided(moved, (context) =>
      electLeaders(context, { electionType, topicPartitions, timeoutMs: 0 }),
    )
    const rows = reply.replicaElectionResults.flatMap(({ partitionResult }) => partitionResult)
    return { codes: rows.map(({ errorCode }) => new KafkaError(errorCode).error), states: states(image) }
  }

  it('give the place to the first replica where it is in sync', () => {
    const after = ['1 of 1,2,3', '1 of 1,2,3', '3 of 2,3', '-1 of ']
    const named = elect(0, [{ topic: 't', partitions: [0, 1, 2, 3, 4] }])
    const { codes } = named
    expect(codes).toEqual([
      ...['NONE', 'ELECTION_NOT_NEEDED', 'PREFERRED_LEADER_NOT_AVAILABLE', 'PREFERRED_LEADER_NOT_AVAILABLE'],
      'UNKNOWN_TOPIC_OR_PARTITION',
    ])
    expect(named.states).toEqual(after)
    expect(elect(0, null).codes).toHaveLength(3)
    expect(states(decided(moved, balanceLeaders).image)).toEqual(after)
  })

  it('take anybody who lives where that is asked for, or configured', () => {
    const asked = elect(1, [{ topic: 't', partitions: [1, 3] }])
    expect(asked).toEqual({
      codes: ['ELECTION_NOT_NEEDED', 'NONE'],
      states: ['2 of 1,2,3', '1 of 1,2,3', '3 of 2,3', '1 of 1'],
    })
    expect(decided(moved, electUnclean).records).toEqual([])
    const allowed = replayed(moved, [
      metadataRecord('ConfigRecord', 0, {
        ...{ resourceType: ResourceType.topic, resourceName: 't' },
        ...{ name: 'unclean.leader.election.enable', value: 'true' },
      }),
    ])
    expect(states(decided(allowed, electUnclean).image)[3]).toBe('1 of 1')
  })
})

describe('reassignments', () => {
  const two = clusterWith([{ replicas: [1, 2] }])
  const reassign = (image: typeof two, replicas: number[] | null, allowReplicationFactorChange = true) => {
    const { reply, ...rest } = decided(image, (context) =>
      alterPartitionReassignments(context, {
        ...{ timeoutMs: 0, allowReplicationFactorChange },
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, replicas }] }],
      }),
    )
    const row = reply.responses[0]?.partitions[0]
    return {
      ...rest,
      error: new KafkaError(row?.errorCode ?? 0).error,
      partition: rest.image.topics.get('t')?.partitions[0],
    }
  }

  it('begin, are taken back, and end at once where nothing has to come', () => {
    const begun = reassign(two, [3, 1])
    const { partition } = begun
    expect(partition).toMatchObject({ replicas: [3, 1, 2], addingReplicas: [3], removingReplicas: [2], leader: 1 })
    expect(reassign(begun.image, null).partition).toMatchObject({ replicas: [1, 2], addingReplicas: [], leader: 1 })
    expect(reassign(two, [2]).partition).toMatchObject({ replicas: [2], isr: [2], leader: 2 })
    expect(reassign(two, [2, 1]).partition).toMatchObject({ replicas: [2, 1], leader: 1, leaderEpoch: 5 })
  })

  it.each<[string, number[] | null, boolean, string]>([
    ['nothing to take back', null, true, 'NO_REASSIGNMENT_IN_PROGRESS'],
    ['nobody', [], true, 'INVALID_REPLICA_ASSIGNMENT'],
    ['a stranger', [9], true, 'INVALID_REPLICA_ASSIGNMENT'],
    ['somebody twice', [1, 1], true, 'INVALID_REPLICA_ASSIGNMENT'],
    ['more replicas than may be', [1, 2, 3], false, 'INVALID_REPLICATION_FACTOR'],
  ])('are refused with %s', (_, replicas, allow, error) => {
    const result = reassign(two, replicas, allow)
    expect([result.error, result.records]).toEqual([error, []])
  })
})
