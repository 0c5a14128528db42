import { OffsetCommit } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { type CommitContext, commitOffsets } from '../../coordinator/group/offset-decisions.ts'
import { hasPartition } from '../../metadata/image.ts'
import { divide } from '../access/divide.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

type Request = RequestOf<typeof OffsetCommit>

/** The first version that tells a group that is not there from one of another generation (KIP-848). */
const TELLS_MISSING = 9
/** The first version that names topics by id. */
const TOPIC_IDS = 10

export function offsetCommit(broker: BrokerServices): Handler {
  return handler(OffsetCommit, async (all, { version, access }) => {
    const usesIds = version >= TOPIC_IDS
    const forbidden = access.refusal('READ', 'GROUP', all.groupId)
    if (forbidden) return { topics: all.topics.map((topic) => refused(topic, forbidden)) }
    const { permitted, refused: others } = divide(all.topics, ({ name, topicId }) => {
      const known = usesIds ? broker.image.topicNames.get(topicId) : name
      return known === undefined ? undefined : access.refusal('READ', 'TOPIC', known)
    })
    const rows = others.map(({ item, error }) => refused(item, error))
    if (permitted.length === 0 && rows.length > 0) return { topics: rows }
    const { topics } = await commit({ ...all, topics: [...permitted] }, version, usesIds)
    return { topics: [...topics, ...rows] }
  })

  async function commit(request: Request, version: number, usesIds: boolean) {
    try {
      // What names no partition is told so whatever the group says; only the rest asks for the group's leave.
      if (namesPartition(broker, request, usesIds)) checkCommit(broker, request, version)
      const shard = broker.groups.shard(request.groupId, true)
      const written = broker.groups.submit(shard, () => commitOffsets(request, usesIds, commitContext(broker)))
      return await broker.groups.whenCommitted(written)
    } catch (error) {
      if (error instanceof KafkaError) return refuse(broker, request, usesIds, error)
      throw error
    }
  }
}

const refused = ({ name, topicId, partitions }: Request['topics'][number], { code }: KafkaError) => ({
  ...{ name, topicId },
  partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code as number })),
})

function namesPartition({ image }: BrokerServices, { topics }: Request, usesIds: boolean): boolean {
  return topics.some(({ name, topicId, partitions }) => {
    const known = usesIds ? (image.topicNames.get(topicId) ?? '') : name
    return partitions.some(({ partitionIndex }) => hasPartition(image, known, partitionIndex))
  })
}

export function commitContext({ image, runtime, config }: BrokerServices): CommitContext {
  return {
    now: runtime.clock.now(),
    maxMetadataBytes: config.get('offset.metadata.max.bytes'),
    topicId: (name) => image.topics.get(name)?.id,
    topicName: (id) => image.topicNames.get(id),
    hasPartition: (topic, partition) => hasPartition(image, topic, partition),
  }
}

/** The group's error for every partition that has none of its own. */
function refuse({ image }: BrokerServices, request: Request, usesIds: boolean, { code }: KafkaError) {
  const topics = request.topics.map(({ name, topicId, partitions }) => {
    const known = usesIds ? image.topicNames.get(topicId) : name
    return {
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        if (known === undefined) return { partitionIndex, errorCode: Errors.UNKNOWN_TOPIC_ID as number }
        const there = hasPartition(image, known, partitionIndex)
        return { partitionIndex, errorCode: there ? code : Errors.UNKNOWN_TOPIC_OR_PARTITION }
      }),
    }
  })
  return { topics }
}

function checkCommit({ groups, image }: BrokerServices, request: Request, version: number): void {
  const { memberId, groupInstanceId: instanceId, generationIdOrMemberEpoch: generation } = request
  const group = groups.shard(request.groupId, true).find(request.groupId)
  const partitions = request.topics.flatMap(({ partitions: list, ...asked }) => {
    const topic = version >= TOPIC_IDS ? (image.topicNames.get(asked.topicId) ?? '') : asked.name
    const topicId = image.topics.get(topic)?.id ?? ZERO_UUID
    return list.map(({ partitionIndex }) => ({ topic, topicId, partition: partitionIndex }))
  })
  const knowsEpochs = version >= TELLS_MISSING
  if (group)
    groups.checkCommit(group, {
      ...{ memberId, instanceId, memberEpoch: generation, inTransaction: false, knowsEpochs, partitions },
    })
  else if (generation >= 0) throw new KafkaError(version >= TELLS_MISSING ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION')
}
