import type { AlterShareGroupOffsets, DeleteShareGroupOffsets } from '../../../../../protocol/apis/index.ts'
import type { RequestOf, ResponseInput } from '../../../../../protocol/schema/index.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import type { GroupShard } from '../../shard.ts'
import { find, obtain } from './finding.ts'
import { alterOffsets, beginDeletion, beginForgetting, endForgetting } from './offsets.ts'
import type { ShareGroup } from './share-group.ts'
import type { NamedPartitions } from './shared-topics.ts'
import type { StateKeeper } from './states.ts'

type Altered = ResponseInput<typeof AlterShareGroupOffsets>['responses']
type Deleted = ResponseInput<typeof DeleteShareGroupOffsets>['responses']

/** What administrators do to share groups that have no members. */
export class ShareAdministration {
  constructor(
    private readonly keeper: StateKeeper,
    private readonly image: () => MetadataImage,
  ) {}

  /** Sets anew where a group without members begins. Throws GROUP_ID_NOT_FOUND or NON_EMPTY_GROUP. */
  async alterOffsets(shard: GroupShard, request: RequestOf<typeof AlterShareGroupOffsets>): Promise<Altered> {
    const { groupId } = request
    const group = obtain(shard, groupId, true)
    const { responses, starts } = await shard.submit(() => alterOffsets(group, request, this.image()))
    const errors = await this.keeper.setUp(shard, groupId, { starts, stateEpoch: group.epoch })
    if (errors.size === 0) return responses
    const failed = new Map(
      Array.from(errors, ([{ topicId, partition }, error]) => [`${topicId}:${partition}`, error] as const),
    )
    return responses.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((row) => {
        const error = failed.get(`${topic.topicId}:${row.partitionIndex}`)
        return error ? { ...row, errorCode: error.code, errorMessage: error.message } : row
      }),
    }))
  }

  /** Has a group without members forget topics. Throws GROUP_ID_NOT_FOUND or NON_EMPTY_GROUP. */
  async deleteOffsets(
    shard: GroupShard,
    { groupId, topics }: RequestOf<typeof DeleteShareGroupOffsets>,
  ): Promise<Deleted> {
    const group = find(shard, groupId)
    const image = this.image()
    const { responses, partitions } = await shard.submit(() => beginForgetting(group, { topics }, image))
    if (partitions.isEmpty) return responses
    const failed = await this.keeper.removeAll(groupId, partitions)
    const gone = partitions.withoutTopics(failed)
    if (!gone.isEmpty) await this.forgotten(shard, group, gone)
    const rows = partitions.listed().map(({ topicId, topicName }) => {
      const error = failed.get(topicId)
      return { topicId, topicName, errorCode: error?.code ?? 0, errorMessage: error?.message ?? null }
    })
    return [...responses, ...rows]
  }

  private forgotten(shard: GroupShard, group: ShareGroup, gone: NamedPartitions): Promise<void> {
    const ids = new Set(gone.listed().map(({ topicId }) => topicId))
    return shard.submit(() => endForgetting(group, ids))
  }

  /** Removes what the share coordinator has of a group that is about to be deleted. Throws NON_EMPTY_GROUP, or what hindered it. */
  async prepareDeletion(shard: GroupShard, group: ShareGroup): Promise<void> {
    const partitions = await shard.submit(() => beginDeletion(group, this.image()))
    const [error] = (await this.keeper.removeAll(group.id, partitions)).values()
    if (error) throw error
  }
}
