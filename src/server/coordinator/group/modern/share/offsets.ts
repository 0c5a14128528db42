import type { AlterShareGroupOffsets, DeleteShareGroupOffsets } from '../../../../../protocol/apis/index.ts'
import { describeError, Errors, KafkaError } from '../../../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../../../protocol/schema/index.ts'
import { type Uuid, ZERO_UUID } from '../../../../../std/uuid.ts'
import type { Decision } from '../../../../machine/runner.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'
import type { GroupRecord } from '../../records.ts'
import { topicsRecord } from './records.ts'
import type { ShareGroup } from './share-group.ts'
import { begun, NamedPartitions, type SharedTopics } from './shared-topics.ts'

type AlterRequest = RequestOf<typeof AlterShareGroupOffsets>
type AlterResponse = ResponseInput<typeof AlterShareGroupOffsets>['responses']
type DeleteRequest = RequestOf<typeof DeleteShareGroupOffsets>
type DeleteResponse = ResponseInput<typeof DeleteShareGroupOffsets>['responses']

/** A share partition, and where the group is to begin in it. */
export interface Start {
  readonly topicId: Uuid
  readonly partition: number
  readonly startOffset: number
}

const unknown = {
  errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION as number,
  errorMessage: describeError(Errors.UNKNOWN_TOPIC_OR_PARTITION).sentence as string | null,
}

/** Throws NON_EMPTY_GROUP. */
function checkEmpty({ isEmpty }: ShareGroup): void {
  if (!isEmpty) throw new KafkaError('NON_EMPTY_GROUP')
}

/** Sets anew where a group without members begins. Throws NON_EMPTY_GROUP. */
export function alterOffsets(
  group: ShareGroup,
  { topics }: AlterRequest,
  image: MetadataImage,
): Decision<GroupRecord, { readonly responses: AlterResponse; readonly starts: readonly Start[] }> {
  checkEmpty(group)
  const starts: Start[] = []
  const responses = topics.map(({ topicName, partitions }) => {
    const topic = image.topics.get(topicName)
    const rows = partitions.map(({ partitionIndex, startOffset }) => {
      if (!topic?.partitions[partitionIndex]) return { partitionIndex, ...unknown }
      starts.push({ topicId: topic.id, partition: partitionIndex, startOffset })
      return { partitionIndex, errorCode: Errors.NONE as number, errorMessage: null as string | null }
    })
    return { topicName, topicId: topic?.id ?? ZERO_UUID, partitions: rows }
  })
  const added = startsByTopic(starts, image)
  const records = added.isEmpty ? [] : [topicsRecord(group.id, begun(group.shared, added))]
  return { records, reply: { responses, starts } }
}

export const startsByTopic = (
  starts: readonly Omit<Start, 'startOffset'>[],
  { topicNames }: MetadataImage,
): NamedPartitions =>
  starts.reduce(
    (all, { topicId, partition }) =>
      all.with(NamedPartitions.of([{ topicId, topicName: topicNames.get(topicId) ?? '', partitions: [partition] }])),
    NamedPartitions.none,
  )

/** Begins to forget topics of a group without members: what the share coordinator has of them is to go. Throws NON_EMPTY_GROUP. */
export function beginForgetting(
  group: ShareGroup,
  { topics }: Pick<DeleteRequest, 'topics'>,
  image: MetadataImage,
): Decision<GroupRecord, { readonly responses: DeleteResponse; readonly partitions: NamedPartitions }> {
  checkEmpty(group)
  const { shared } = group
  const responses: DeleteResponse[number][] = []
  let partitions = NamedPartitions.none
  for (const { topicName } of topics) {
    const topic = image.topics.get(topicName)
    const known = topic && [...shared.initialized.of(topic.id)]
    if (!topic || !known) responses.push({ topicName, topicId: ZERO_UUID, ...unknown })
    else if (known.length === 0 && !shared.deleting.has(topic.id))
      responses.push({
        topicName,
        topicId: ZERO_UUID,
        ...unknown,
        errorMessage: 'There is no offset information to delete.',
      })
    else {
      const all = known.length > 0 ? known : [...topic.partitions.keys()]
      partitions = partitions.with(NamedPartitions.of([{ topicId: topic.id, topicName, partitions: all }]))
    }
  }
  const records = [topicsRecord(group.id, forgetting(shared, partitions))]
  return { records, reply: { responses, partitions } }
}

function forgetting({ initializing, initialized, deleting }: SharedTopics, gone: NamedPartitions): SharedTopics {
  const names = new Map(gone.listed().map(({ topicId, topicName }) => [topicId, topicName]))
  return {
    initializing,
    initialized: initialized.withoutTopics(names),
    deleting: new Map([...deleting, ...names]),
  }
}

/** What the share coordinator had of these topics is gone. */
export const endForgetting = (group: ShareGroup, topics: { has(id: Uuid): boolean }): Decision<GroupRecord, void> => {
  const { shared } = group
  const deleting = new Map([...shared.deleting].filter(([topicId]) => !topics.has(topicId)))
  return { records: [topicsRecord(group.id, { ...shared, deleting })], reply: undefined }
}

/** Begins to forget everything that a group without members has read, before the group itself goes. Throws NON_EMPTY_GROUP. */
export function beginDeletion(group: ShareGroup, image: MetadataImage): Decision<GroupRecord, NamedPartitions> {
  checkEmpty(group)
  const { initialized, initializing, deleting } = group.shared
  const left = [...deleting].flatMap(([topicId, topicName]) => {
    const topic = image.topics.get(image.topicNames.get(topicId) ?? '')
    return topic ? [{ topicId, topicName, partitions: [...topic.partitions.keys()] }] : []
  })
  const partitions = initialized.with(initializing).with(NamedPartitions.of(left))
  if (partitions.isEmpty) return { records: [], reply: partitions }
  const all: SharedTopics = {
    ...{ initializing: NamedPartitions.none, initialized: NamedPartitions.none },
    deleting: new Map(partitions.listed().map(({ topicId, topicName }) => [topicId, topicName])),
  }
  return { records: [topicsRecord(group.id, all)], reply: partitions }
}
