import { OffsetFetch } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { within } from '../../../runtime/within.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { notOfConsumers } from '../../coordinator/group/group-coordinator.ts'
import { ConsumerGroup } from '../../coordinator/group/modern/consumer/consumer-group.ts'
import { ShareGroup } from '../../coordinator/group/modern/share/share-group.ts'
import type { GroupOffsets } from '../../coordinator/group/offsets.ts'
import type { Access } from '../access/access.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

type Request = RequestOf<typeof OffsetFetch>
interface GroupQuery {
  readonly groupId: string
  readonly memberId: string | null
  readonly memberEpoch: number
  readonly topics: readonly TopicQuery[] | null
}
type TopicQuery = { readonly name: string; readonly topicId: string; readonly partitionIndexes: readonly number[] }

/** The first version with a place for an error of the whole group. */
const TELLS_ERROR = 2
const BATCHED = 8
const TOPIC_IDS = 10

export function offsetFetch(broker: BrokerServices): Handler {
  return handler(OffsetFetch, async (request, { version, access }) => {
    if (version < BATCHED) return single(broker, access, request, version)
    const ids = version >= TOPIC_IDS
    const groups = request.groups.map((group) => fetchSettled(broker, access, group, ids, request.requireStable))
    return { groups: await Promise.all(groups) }
  })
}

/** What a group has, told when it can no longer be lost. NOT_COORDINATOR when that takes longer than `offsets.commit.timeout.ms`: clients ask again. */
async function fetchSettled(
  broker: BrokerServices,
  access: Access,
  query: GroupQuery,
  usesIds: boolean,
  requireStable: boolean,
): Promise<ReturnType<typeof fetchGroup>> {
  const fetch = () => fetchGroup(broker, access, query, usesIds, requireStable)
  const found = fetch()
  const settled = settledOf(broker, query.groupId)
  if (!settled) return found
  const over = settled.then(
    () => found,
    // What did not come to be committed is not there any more: this broker has stopped to coordinate, and says so now.
    () => fetch(),
  )
  try {
    return await within(broker.runtime.clock, broker.config.get('offsets.commit.timeout.ms'), over, () => {
      throw new KafkaError('NOT_COORDINATOR')
    })
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { groupId: query.groupId, errorCode: error.code, topics: [] }
  }
}

/** Resolves when what is known of a group is committed; undefined when it is. */
function settledOf({ groups }: BrokerServices, groupId: string): Promise<void> | undefined {
  try {
    return groups.shard(groupId, true).settled
  } catch {
    // The answer says why there is no shard.
    return undefined
  }
}

/** Versions before 8 ask for one group. */
async function single(broker: BrokerServices, access: Access, request: Request, version: number) {
  const queries = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null
  const query = { groupId: request.groupId, memberId: null, memberEpoch: -1, topics: queries }
  const { topics, errorCode } = await fetchSettled(broker, access, query, false, request.requireStable)
  const isToldOnce =
    errorCode === Errors.NONE || (errorCode === Errors.GROUP_AUTHORIZATION_FAILED && version >= TELLS_ERROR)
  if (isToldOnce || topics.length > 0) return { topics, errorCode }
  // Version 1 has no place for an error of the whole group.
  const failed = (queries ?? []).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({ ...none(partitionIndex), errorCode })),
  }))
  return { topics: failed, errorCode }
}

const none = (partitionIndex: number) => ({
  partitionIndex,
  committedOffset: -1,
  committedLeaderEpoch: -1,
  metadata: '' as string | null,
  errorCode: Errors.NONE as number,
})

function fetchGroup(
  broker: BrokerServices,
  access: Access,
  { groupId, memberId, memberEpoch, topics }: GroupQuery,
  usesIds: boolean,
  requireStable: boolean,
) {
  return attempt(
    () => {
      access.check('DESCRIBE', 'GROUP', groupId)
      const shard = broker.groups.shard(groupId, true)
      const { offsets: all, pending } = shard
      const group = shard.find(groupId)
      if (group instanceof ConsumerGroup) group.checkFetch(memberId, memberEpoch)
      if (group instanceof ShareGroup && (memberId !== null || memberEpoch >= 0)) throw notOfConsumers(group)
      const offsets = all.get(groupId)
      const isUnstable = (topic: string, partition: number) => requireStable && pending.has(groupId, topic, partition)
      const queries = topics ?? everything(broker, access, offsets, usesIds)
      return {
        groupId,
        errorCode: Errors.NONE as number,
        topics: queries.map((query) => fetchTopic(broker, access, offsets, query, usesIds, isUnstable)),
      }
    },
    (error) => ({ groupId, errorCode: error.code, topics: [] }),
  )
}

function everything(
  { image }: BrokerServices,
  access: Access,
  offsets: GroupOffsets | undefined,
  usesIds: boolean,
): TopicQuery[] {
  return (offsets?.topicNames ?? []).flatMap((name) => {
    const topicId = image.topics.get(name)?.id
    if ((usesIds && topicId === undefined) || !access.may('DESCRIBE', 'TOPIC', name)) return []
    return [{ name, topicId: topicId ?? ZERO_UUID, partitionIndexes: [...(offsets?.of(name)?.keys() ?? [])] }]
  })
}

function fetchTopic(
  { image }: BrokerServices,
  access: Access,
  offsets: GroupOffsets | undefined,
  query: TopicQuery,
  usesIds: boolean,
  isUnstable: (topic: string, partition: number) => boolean,
) {
  const name = usesIds ? image.topicNames.get(query.topicId) : query.name
  const refusal = name === undefined ? undefined : access.refusal('DESCRIBE', 'TOPIC', name)
  const partitions = query.partitionIndexes.map((partitionIndex) => {
    if (name === undefined) return { ...none(partitionIndex), errorCode: Errors.UNKNOWN_TOPIC_ID as number }
    if (refusal) return { ...none(partitionIndex), errorCode: refusal.code as number }
    // An open transaction may be about to change it (KIP-447).
    if (isUnstable(name, partitionIndex))
      return { ...none(partitionIndex), errorCode: Errors.UNSTABLE_OFFSET_COMMIT as number }
    const found = offsets?.get(name, partitionIndex)
    if (!found) return none(partitionIndex)
    return {
      partitionIndex,
      committedOffset: found.offset,
      committedLeaderEpoch: found.leaderEpoch,
      metadata: found.metadata,
      errorCode: Errors.NONE as number,
    }
  })
  return { name: query.name, topicId: query.topicId, partitions }
}
