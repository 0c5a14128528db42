import { expect, vi } from 'vitest'
import {
  AddPartitionsToTxn,
  AlterShareGroupOffsets,
  ConsumerGroupHeartbeat,
  FindCoordinator,
  InitProducerId,
  ListOffsets,
  OffsetCommit,
  Produce,
  ShareGroupHeartbeat,
  StreamsGroupHeartbeat,
} from '../../../src/protocol/apis/index.ts'
import { Errors } from '../../../src/protocol/errors.ts'
import { Twin } from '../../support/twin.ts'
import { records } from './data-questions.ts'
import { joiningStreams, topology } from './group-questions.ts'
import { MINE, NOWHERE, OTHER, SOON } from './requests.ts'
import { PROBE } from './rights.ts'

const forever = Object.fromEntries(
  ['consumer', 'share', 'streams'].flatMap((kind) =>
    ['session.timeout.ms', 'max.session.timeout.ms'].map((name) => [`group.${kind}.${name}`, '3600000']),
  ),
)

/** Two brokers with an authorizer, whose coordinators have loaded what they have. */
export async function startAuthorized(
  port: number,
  users: readonly string[],
  properties: Readonly<Record<string, string>> = {},
): Promise<Twin> {
  const twin = await Twin.startWithLogins(port, [PROBE, ...users], {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'auto.create.topics.enable': 'false',
    'delegation.token.secret.key': 'a secret of this test',
    // Records have an old time, and members speak once.
    'log.retention.ms': '-1',
    ...forever,
    'group.streams.initial.rebalance.delay.ms': '0',
    ...properties,
  })
  for (const keyType of [0, 1]) await twin.ask('admin', FindCoordinator, 3, { key: 'warm', keyType })
  await twin.ask('admin', FindCoordinator, 6, { keyType: 2, coordinatorKeys: [`warm:${NOWHERE}:0`] })
  for (const group of [MINE, OTHER, 'warm', 'g1', 'g2', 'g3']) await twin.coordinatorOf(group)
  const hasTransactions = async () => {
    const request = { transactionalId: 'warm', transactionTimeoutMs: 60_000 }
    const { ours, theirs } = await twin.ask('admin', InitProducerId, 5, request)
    return [ours.errorCode, theirs.errorCode]
  }
  await vi.waitFor(async () => expect(await hasTransactions()).toEqual([Errors.NONE, Errors.NONE]), { timeout: 20_000 })
  return twin
}

const admin = 'admin'

/** What there is to be asked about: everything twice, once with a name that users have rights on. */
export async function furnish(twin: Twin): Promise<void> {
  await twin.makeTopics({ [MINE]: 2, [OTHER]: 2, 'mine-in': 1, 'other-in': 1 })
  // Brokers hear of a topic before they lead it.
  const isLed = async () => {
    const offsets = [MINE, OTHER, 'mine-in', 'other-in'].map((name) => ({
      ...{ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] },
    }))
    const { ours, theirs } = await twin.ask(admin, ListOffsets, 11, { replicaId: -1, topics: offsets })
    for (const { topics } of [ours, theirs])
      for (const { partitions } of topics) expect(partitions[0].errorCode).toBe(0)
  }
  await vi.waitFor(isLed, { timeout: 20_000 })
  const partitionData = [{ index: 0, records: records() }]
  const topicData = [MINE, OTHER].map((name) => ({ name, partitionData }))
  await twin.ask(admin, Produce, 11, { transactionalId: null, acks: -1, timeoutMs: 5000, topicData })

  const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
  const topics = [MINE, OTHER].map((name) => ({ name, partitions }))
  for (const groupId of [MINE, OTHER]) await twin.ask(admin, OffsetCommit, 9, { groupId, topics })

  for (const [name, more] of [
    ['mine', [MINE]],
    ['mine-both', [MINE, OTHER]],
    ['other', [MINE]],
  ] as const) {
    const [prefix = '', suffix = ''] = name.split(/(?=-)/)
    const member = (kind: string) => ({
      groupId: `${prefix}-${kind}${suffix}`,
      memberId: `${name}-member`,
      memberEpoch: 0,
    })
    await twin.ask(admin, ConsumerGroupHeartbeat, 1, {
      ...member('consumer'),
      ...{ rebalanceTimeoutMs: 60_000, subscribedTopicNames: more, topicPartitions: [] },
    })
    await twin.ask(admin, StreamsGroupHeartbeat, 0, {
      ...{ ...joiningStreams, ...member('streams'), topology: topology([...more]) },
    })
    // A topic that is there would be given to the member some time later.
    const subscribedTopicNames = more.map((topic) => (topic === MINE ? SOON : 'missing'))
    await twin.ask(admin, ShareGroupHeartbeat, 1, { ...member('share'), subscribedTopicNames })
  }
  await shareOffsets(twin)

  const transaction = { transactionalId: 'mine-open', transactionTimeoutMs: 900_000 }
  // Both count ids of producers from the same one on.
  const { theirs } = await twin.ask(admin, InitProducerId, 5, transaction)
  await twin.ask(admin, AddPartitionsToTxn, 3, {
    ...{ v3AndBelowTransactionalId: 'mine-open', v3AndBelowProducerId: theirs.producerId },
    ...{ v3AndBelowProducerEpoch: theirs.producerEpoch },
    v3AndBelowTopics: [MINE, OTHER].map((name) => ({ name, partitions: [0] })),
  })
}

async function shareOffsets(twin: Twin): Promise<void> {
  const groupId = 'mine-share-offsets'
  const topics = [MINE, OTHER].map((topicName) => ({ topicName, partitions: [{ partitionIndex: 0, startOffset: 0 }] }))
  const alter = async () => {
    const { ours, theirs } = await twin.ask(admin, AlterShareGroupOffsets, 0, { groupId, topics })
    return [ours.errorCode, theirs.errorCode]
  }
  await vi.waitFor(async () => expect(await alter()).toEqual([Errors.NONE, Errors.NONE]), { timeout: 20_000 })
}
