import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { Uuid } from '../../../std/uuid.ts'
import { type AcknowledgementBatch, AcknowledgeType } from '../../replication/share/acknowledge.ts'
import type { Access } from '../access/access.ts'
import type { RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { brokerAddresses } from './03-metadata.ts'
import { attemptLater } from './attempt.ts'

/** What ShareFetch and ShareAcknowledge have in common. */
export interface ShareRequest {
  readonly groupId: string | null
  readonly memberId: string | null
  readonly isRenewAck: boolean
  readonly topics: readonly {
    readonly topicId: Uuid
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly acknowledgementBatches: readonly AcknowledgementBatch[]
    }[]
  }[]
}

const RENEWALS = 2
const MAX_MEMBER_ID = 36

/** Whether the cluster has share groups (its feature `share.version`). Throws UNSUPPORTED_VERSION. */
export function checkShareVersion({ image }: BrokerServices): void {
  if ((image.features.get('share.version') ?? 0) < 1) throw new KafkaError('UNSUPPORTED_VERSION')
}

export const isMemberId = (memberId: string | null): memberId is string =>
  memberId !== null && memberId !== '' && memberId.length <= MAX_MEMBER_ID

/** Who speaks. Throws UNSUPPORTED_VERSION or INVALID_REQUEST. */
export function checkShareRequest(
  broker: BrokerServices,
  access: Access,
  { groupId, memberId }: Pick<ShareRequest, 'groupId' | 'memberId'>,
): { groupId: string; memberId: string } {
  checkShareVersion(broker)
  if (groupId === null) throw new KafkaError('INVALID_REQUEST', 'Invalid group id in the request.')
  access.check('READ', 'GROUP', groupId)
  if (!isMemberId(memberId)) throw new KafkaError('INVALID_REQUEST', 'Invalid member id in the request.')
  return { groupId, memberId }
}

interface Refusal {
  readonly throttleTimeMs: 0
  readonly errorCode: number
  readonly acquisitionLockTimeoutMs: 0
  readonly responses: []
  readonly nodeEndpoints: []
}

/** What a request as a whole is refused for is said by its code alone. */
export const withoutSentence = <R>(answer: () => Promise<R>): Promise<R | Refusal> =>
  attemptLater<R | Refusal>(answer, ({ code }) => ({
    ...{ throttleTimeMs: 0, errorCode: code, acquisitionLockTimeoutMs: 0, responses: [], nodeEndpoints: [] },
  }))

export interface Acknowledged {
  readonly topicId: Uuid
  readonly index: number
  readonly error: KafkaError | undefined
  /** Only what the partition itself has to say. */
  readonly sentence: string | null
}

type Named = ShareRequest & { readonly groupId: string; readonly memberId: string }

export const acknowledgesAny = ({ topics }: Pick<ShareRequest, 'topics'>): boolean =>
  topics.some(({ partitions }) => partitions.some(({ acknowledgementBatches }) => acknowledgementBatches.length > 0))

/** Does what a member says of records that it was given, partition by partition. */
export async function acknowledgeShared(
  broker: BrokerServices,
  request: Named,
  { version, access }: Pick<RequestContext, 'version' | 'access'>,
): Promise<Acknowledged[]> {
  const rows = request.topics.flatMap(({ topicId, partitions }) =>
    partitions.map(({ partitionIndex, acknowledgementBatches: batches }) => ({
      topicId,
      index: partitionIndex,
      batches,
    })),
  )
  const renewals = version >= RENEWALS
  const answers = await Promise.all(
    rows.map(async ({ topicId, index, batches }) => {
      const error = complaint(broker, access, { topicId, index, batches }, { renewals, isRenewAck: request.isRenewAck })
      if (error) return { topicId, index, error: new KafkaError(error), sentence: null }
      return batches.length > 0 ? acknowledgeOne(broker, request, { topicId, index, batches }) : undefined
    }),
  )
  return answers.filter((answer) => answer !== undefined)
}

interface Row {
  readonly topicId: Uuid
  readonly index: number
  readonly batches: readonly AcknowledgementBatch[]
}

const acknowledgeOne = (
  broker: BrokerServices,
  { groupId, memberId }: Named,
  { topicId, index, batches }: Row,
): Promise<Acknowledged> =>
  attemptLater<Acknowledged>(
    async () => {
      const partition = broker.shares.find({ groupId, topicId, partition: index })
      if (!partition) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
      try {
        await partition.acknowledge(memberId, batches)
      } catch (error) {
        broker.shares.failed(partition, error)
        throw error
      }
      return { topicId, index, error: undefined, sentence: null }
    },
    (error) => ({ topicId, index, error, sentence: error.message }),
  )

interface Renewing {
  readonly renewals: boolean
  readonly isRenewAck: boolean
}

function complaint({ image }: BrokerServices, access: Access, { topicId, index, batches }: Row, renewing: Renewing) {
  const name = image.topicNames.get(topicId)
  if (name === undefined) return 'UNKNOWN_TOPIC_ID'
  if (access.refusal('READ', 'TOPIC', name)) return 'TOPIC_AUTHORIZATION_FAILED'
  if (!areSound(batches, renewing)) return 'INVALID_REQUEST'
  return image.topics.get(name)?.partitions[index] ? undefined : 'UNKNOWN_TOPIC_OR_PARTITION'
}

/** Whether batches are in order, and say something of each offset that they may say. */
function areSound(batches: readonly AcknowledgementBatch[], { renewals, isRenewAck }: Renewing): boolean {
  const most = renewals ? AcknowledgeType.renew : AcknowledgeType.reject
  let end = -1
  return batches.every(({ firstOffset, lastOffset, acknowledgeTypes }) => {
    const count = acknowledgeTypes.length
    const isInOrder = firstOffset <= lastOffset && firstOffset >= end
    const saysAll = count === 1 || (count > 1 && count === lastOffset - firstOffset + 1)
    end = lastOffset
    return (
      isInOrder &&
      saysAll &&
      acknowledgeTypes.every((type) => type >= 0 && type <= most && (type !== AcknowledgeType.renew || isRenewAck))
    )
  })
}

type Misdirected = { readonly currentLeader: { readonly leaderId: number; readonly leaderEpoch: number } }

/** Where a partition's leader is, when an error says that it is elsewhere. */
export function leaderInfo(
  { image }: BrokerServices,
  { topicId, index }: { readonly topicId: Uuid; readonly index: number },
  code: number,
): Misdirected | undefined {
  if (code !== Errors.NOT_LEADER_OR_FOLLOWER && code !== Errors.FENCED_LEADER_EPOCH) return undefined
  const partition = image.topics.get(image.topicNames.get(topicId) ?? '')?.partitions[index]
  if (!partition) return undefined
  return { currentLeader: { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch } }
}

/** The addresses of leaders that an answer tells of. */
export function nodeEndpoints(broker: BrokerServices, leaders: readonly (Misdirected | undefined)[], listener: string) {
  const ids = new Set(leaders.flatMap((one) => (one ? [one.currentLeader.leaderId] : [])))
  return brokerAddresses(broker.image, listener).filter(({ nodeId }) => ids.has(nodeId))
}
