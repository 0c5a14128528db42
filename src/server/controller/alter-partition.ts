import type { AlterPartition } from '../../protocol/apis/index.ts'
import { type ErrorName, Errors } from '../../protocol/errors.ts'
import type { RequestInput, ResponseInput } from '../../protocol/schema/index.ts'
import { MetadataDelta } from '../metadata/delta.ts'
import type { MetadataImage, PartitionImage } from '../metadata/image.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { checkBrokerEpoch, rulesFor } from './broker-views.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { partitionChange, RecoveryState } from './partition-change.ts'

type Request = RequestInput<typeof AlterPartition>
type Wanted = NonNullable<NonNullable<Request['topics']>[number]['partitions']>[number]
type Reply = ResponseInput<typeof AlterPartition>
type PartitionReply = Reply['topics'][number]['partitions'][number]

interface Member {
  readonly brokerId: number
  /** -1 where the leader does not say. */
  readonly brokerEpoch: number
}

/** The ISR as a leader wants it; version 3 has the epochs of its members, with which each of them is known for sure (KIP-903). */
const membersOf = ({ newIsr = [], newIsrWithEpochs = [] }: Wanted): Member[] =>
  newIsrWithEpochs.length > 0
    ? newIsrWithEpochs.map(({ brokerId = -1, brokerEpoch = -1 }) => ({ brokerId, brokerEpoch }))
    : newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }))

/** Changes ISRs as their leaders ask for (KIP-497), and ends reassignments that were waiting for that. Throws STALE_BROKER_EPOCH. */
export function alterPartition(context: ControllerContext, request: Request): MetadataDecision<Reply> {
  const { image } = context
  const { brokerId, brokerEpoch = -1, topics = [] } = request
  checkBrokerEpoch(image, brokerId, brokerEpoch)
  const rules = rulesFor(context)
  const records: MetadataRecord[] = []
  const reply = topics.map(({ topicId = '', partitions = [] }) => {
    const name = image.topicNames.get(topicId)
    const topic = name === undefined ? undefined : image.topics.get(name)
    const rows = partitions.map((wanted): PartitionReply => {
      if (!topic) return failed(wanted.partitionIndex, 'UNKNOWN_TOPIC_ID')
      const partition = topic.partitions[wanted.partitionIndex]
      if (!partition) return failed(wanted.partitionIndex, 'UNKNOWN_TOPIC_OR_PARTITION')
      const refusal = refusalOf(image, brokerId, partition, wanted)
      if (refusal) return failed(wanted.partitionIndex, refusal)
      const place = { topicId: topic.id, partitionId: wanted.partitionIndex }
      const target = {
        isr: membersOf(wanted).map((member) => member.brokerId),
        leaderRecoveryState: wanted.leaderRecoveryState,
      }
      const record = partitionChange(place, partition, rules(topic.name, partition), target)
      if (record) records.push(record)
      return answer(wanted.partitionIndex, brokerId, record ? changed(image, topic.name, record) : partition)
    })
    return { topicId, partitions: rows }
  })
  return { records, reply: { throttleTimeMs: 0, errorCode: 0, topics: reply } }
}

const failed = (partitionIndex: number, error: ErrorName): PartitionReply => ({
  partitionIndex,
  errorCode: Errors[error],
  leaderId: 0,
  leaderEpoch: 0,
  isr: [],
  leaderRecoveryState: 0,
  partitionEpoch: 0,
})

function answer(partitionIndex: number, brokerId: number, partition: PartitionImage): PartitionReply {
  const { leader: leaderId, leaderEpoch, isr, leaderRecoveryState, partitionEpoch } = partition
  // With the end of a reassignment the leader itself may have to go.
  if (leaderId !== brokerId) return failed(partitionIndex, 'NEW_LEADER_ELECTED')
  return { partitionIndex, errorCode: 0, leaderId, leaderEpoch, isr: [...isr], leaderRecoveryState, partitionEpoch }
}

function changed(image: MetadataImage, topic: string, record: MetadataRecord): PartitionImage {
  const delta = new MetadataDelta(image)
  delta.replay(record)
  const { partitionId } = record.fields as { partitionId: number }
  return delta.apply(image.offset, image.epoch).topics.get(topic)?.partitions[partitionId] as PartitionImage
}

function refusalOf(
  image: MetadataImage,
  brokerId: number,
  partition: PartitionImage,
  wanted: Wanted,
): ErrorName | undefined {
  const { leaderEpoch, partitionEpoch, leaderRecoveryState } = wanted
  // Whoever knows more than this node heard it from another controller.
  if (leaderEpoch > partition.leaderEpoch || partitionEpoch > partition.partitionEpoch) return 'NOT_CONTROLLER'
  if (leaderEpoch < partition.leaderEpoch) return 'FENCED_LEADER_EPOCH'
  if (brokerId !== partition.leader) return 'INVALID_REQUEST'
  if (partitionEpoch < partition.partitionEpoch) return 'INVALID_UPDATE_VERSION'
  const members = membersOf(wanted)
  const ids = members.map((member) => member.brokerId)
  const isSubset = ids.every((id) => partition.replicas.includes(id)) && new Set(ids).size === ids.length
  if (!isSubset || !ids.includes(partition.leader)) return 'INVALID_REQUEST'
  const { recovering, recovered } = RecoveryState
  if (leaderRecoveryState !== recovering && leaderRecoveryState !== recovered) return 'INVALID_REQUEST'
  if (leaderRecoveryState === recovering && (ids.length > 1 || partition.leaderRecoveryState === recovered))
    return 'INVALID_REQUEST'
  return members.every((member) => isEligible(image, member)) ? undefined : 'INELIGIBLE_REPLICA'
}

/** A broker that went away and came back may have lost what it had: a leader that counts on it must mean the broker of now. */
function isEligible({ brokers }: MetadataImage, { brokerId, brokerEpoch }: Member): boolean {
  const broker = brokers.get(brokerId)
  if (!broker || broker.fenced || broker.inControlledShutdown) return false
  return brokerEpoch === -1 || brokerEpoch === broker.epoch
}
