import type { Admin, GroupListing, StreamsGroupDescription } from '../../client/index.ts'
import { partitionKey, type TopicPartition } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { javaHash } from '../../std/java-hash.ts'
import { hashOrder, partitionHash } from '../java/hash-order.ts'
import { committedOffsets } from './describe.ts'
import { capitalized, chosenStates } from './list.ts'
import { endOffsets, withoutErrors } from './offsets.ts'
import { partitionsOf } from './topic-partitions.ts'
import { wrapping } from './wrapped-error.ts'

/** Reads `stable,empty`; throws `InvalidRequest`. */
export const streamsGroupStates = (input: string): string[] =>
  chosenStates(input, ['Empty', 'NotReady', 'Dead', 'Reconciling', 'Assigning', 'Stable'])

/** Streams groups in the order in which Apache's tool lists them. */
export async function listStreamsGroups(admin: Admin, states: readonly string[] = []): Promise<GroupListing[]> {
  const groups = await admin.listGroups({ types: ['streams'], states })
  return hashOrder(
    groups.map((group) => ({ ...group, type: capitalized(group.type) })),
    ({ groupId }) => javaHash(groupId),
  )
}

/** Groups by id, sorted; throws the first group's error, wrapped. */
export function describeStreamsGroups(admin: Admin, ids: readonly string[]): Promise<StreamsGroupDescription[]> {
  return wrapping(async () => {
    const found = withoutErrors(await admin.describeStreamsGroups(ids))
    return [...found.keys()].sort().map((id) => found.get(id) as StreamsGroupDescription)
  })
}

/** How far a group is in one partition that it reads. */
export interface StreamsLag extends TopicPartition {
  /** Undefined where nothing was committed. */
  readonly offset: number | undefined
  readonly leaderEpoch: number | undefined
  readonly logEndOffset: number | undefined
  readonly lag: number | undefined
}

/** Topics that the group reads from, those between its subtopologies too. */
const inputTopics = ({ subtopologies }: StreamsGroupDescription): string[] => [
  ...new Set(
    subtopologies.flatMap(({ sourceTopics, repartitionSourceTopics }) => [...sourceTopics, ...repartitionSourceTopics]),
  ),
]

/** Topics that belong to the group itself. */
export const internalTopics = (group: StreamsGroupDescription): string[] => [
  ...new Set(
    group.subtopologies.flatMap(({ repartitionSourceTopics, changelogTopics }) => [
      ...repartitionSourceTopics,
      ...changelogTopics,
    ]),
  ),
]

export async function streamsLags(admin: Admin, group: StreamsGroupDescription): Promise<StreamsLag[]> {
  const partitions = await partitionsOf(admin, inputTopics(group))
  const committed = await committedOffsets(admin, group.groupId)
  const ends = await endOffsets(admin, partitions)
  const rows = partitions.map(({ topic, partition }) => {
    const key = partitionKey(topic, partition)
    const [offset, logEndOffset] = [committed.get(key), ends.get(key)]
    const lag = offset === undefined || logEndOffset === undefined ? undefined : logEndOffset - offset.offset
    return { topic, partition, offset: offset?.offset, leaderEpoch: offset?.leaderEpoch, logEndOffset, lag }
  })
  return hashOrder(rows, ({ topic, partition }) => partitionHash(topic, partition))
}

/** Topics from outside that the group reads; none when nobody knows the group. Throws other errors. */
export async function sourceTopics(admin: Admin, groupId: string): Promise<Set<string>> {
  const group = (await admin.describeStreamsGroups([groupId])).get(groupId)
  if (group instanceof KafkaError && group.error !== 'GROUP_ID_NOT_FOUND') throw group
  if (!group || group instanceof KafkaError) return new Set()
  const internal = new Set(internalTopics(group))
  return new Set(inputTopics(group).filter((topic) => !internal.has(topic)))
}

/** Deletes groups; gives the error of each, which is a text for one that is no streams group. */
export async function deleteStreamsGroups(
  admin: Admin,
  ids: readonly string[],
): Promise<Map<string, KafkaError | Error | undefined>> {
  const known = new Map((await listStreamsGroups(admin)).map(({ groupId, state }) => [groupId, state]))
  const empty = ids.filter((id) => known.get(id) === 'Empty')
  const results = empty.length === 0 ? new Map<string, KafkaError>() : await admin.deleteConsumerGroups(empty)
  return new Map(
    ids.map((id) => {
      if (!known.has(id)) return [id, new Error(`Group '${id}' does not exist or is not a streams group.`)]
      const busy = new KafkaError('NON_EMPTY_GROUP', `Streams group '${id}' is not EMPTY.`)
      return [id, known.get(id) === 'Empty' ? results.get(id) : busy]
    }),
  )
}
