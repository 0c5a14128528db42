import type { Admin, GroupListing, ShareGroupDescription, SharePartitionOffset } from '../../client/index.ts'
import { partitionKey, type TopicPartition } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { javaHash } from '../../std/java-hash.ts'
import { hashOrder } from '../java/hash-order.ts'
import { chosenStates } from './list.ts'
import { withoutErrors } from './offsets.ts'
import { OffsetReset, type PlannedOffset, type ResetNotices, type ResetTarget } from './reset.ts'
import { partitionsOf } from './topic-partitions.ts'
import { wrapping } from './wrapped-error.ts'

/** Reads `stable,empty`; throws `InvalidRequest`. */
export const shareGroupStates = (input: string): string[] => chosenStates(input, ['Dead', 'Empty', 'Stable'])

/** Share groups in the order in which Apache's tool lists them. */
export async function listShareGroups(admin: Admin, states: readonly string[] = []): Promise<GroupListing[]> {
  const groups = await admin.listGroups({ types: ['share'], states })
  return hashOrder(groups, ({ groupId }) => javaHash(groupId))
}

/** Groups by id, sorted; throws the first group's error, wrapped. */
export function describeShareGroups(admin: Admin, ids: readonly string[]): Promise<ShareGroupDescription[]> {
  return wrapping(async () => {
    const found = withoutErrors(await admin.describeShareGroups(ids))
    return [...found.keys()].sort().map((id) => found.get(id) as ShareGroupDescription)
  })
}

/** Where the partitions of each group begin, by topic and number; throws the first error, wrapped. */
export function shareOffsets(admin: Admin, ids: readonly string[]): Promise<Map<string, SharePartitionOffset[]>> {
  return wrapping(async () => {
    const found = withoutErrors(await admin.listShareGroupOffsets(ids))
    return new Map(Array.from(found, ([id, offsets]) => [id, [...offsets.values()].sort(byPartition)]))
  })
}

const byPartition = (a: TopicPartition, b: TopicPartition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1

/** Deletes groups; gives the error of each, which is a text for one that is no share group. */
export async function deleteShareGroups(
  admin: Admin,
  ids: readonly string[],
): Promise<Map<string, KafkaError | Error | undefined>> {
  const known = new Set((await listShareGroups(admin)).map(({ groupId }) => groupId))
  const theirs = ids.filter((id) => known.has(id))
  const results =
    theirs.length === 0 ? new Map<string, KafkaError | undefined>() : await admin.deleteConsumerGroups(theirs)
  return new Map(
    ids.map((id) => {
      if (!known.has(id)) return [id, new Error(`Group '${id}' is not a share group.`)]
      const error = results.get(id)
      return [
        id,
        error?.error === 'NON_EMPTY_GROUP' ? new KafkaError(error.code, `Share group '${id}' is not EMPTY.`) : error,
      ]
    }),
  )
}

/** The new starts of a group: of whole topics, of partitions given as `t:0,1`, or of all that it has read. */
export async function planShareReset(
  admin: Admin,
  groupId: string,
  topics: readonly string[] | undefined,
  target: ResetTarget,
  notices: Pick<ResetNotices, 'empty'>,
): Promise<PlannedOffset[]> {
  const partitions = topics ? await partitionsOf(admin, topics) : await readPartitions(admin, groupId)
  if (partitions.length === 0) return []
  const scope = { allTopics: false, topics: partitions.map(({ topic, partition }) => `${topic}:${partition}`) }
  const plan = await new OffsetReset(admin, scope, target, { ...notices, moved() {}, noPlan() {} }).plan(groupId)
  return (plan ?? []).sort(byPartition)
}

async function readPartitions(admin: Admin, groupId: string): Promise<TopicPartition[]> {
  const found = (await admin.listShareGroupOffsets([groupId])).get(groupId)
  if (found instanceof KafkaError) {
    if (found.error === 'GROUP_ID_NOT_FOUND') return []
    throw found
  }
  return [...(found?.values() ?? [])]
}

/** Moves the starts of share partitions; throws the first partition's error. */
export async function setShareOffsets(admin: Admin, groupId: string, plan: readonly PlannedOffset[]): Promise<void> {
  if (plan.length === 0) return
  const results = await admin.alterShareGroupOffsets(groupId, plan)
  for (const { topic, partition } of plan) {
    const error = results.get(partitionKey(topic, partition))
    if (error) throw error
  }
}
