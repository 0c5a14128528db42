import type { MetadataImage } from '../../../../metadata/image.ts'
import type { Partitions } from '../assignment.ts'
import type { StreamsMember } from './member.ts'
import type { ConfiguredTopology } from './topology.ts'

/** Which members answer queries, and about which partitions: what applications ask each other by (KIP-535). */
export function endpointPartitions(
  members: readonly StreamsMember[],
  { subtopologies }: ConfiguredTopology,
  image: MetadataImage,
) {
  const partitionsOf = (tasks: Partitions) =>
    [...tasks].flatMap(([subtopologyId, partitions]) => {
      const subtopology = subtopologies?.get(subtopologyId)
      const topics = [
        ...(subtopology?.sourceTopics ?? []),
        ...(subtopology?.repartitionSourceTopics.map(({ name }) => name) ?? []),
      ]
      return topics.map((topic) => {
        const count = image.topics.get(topic)?.partitions.length ?? 0
        const there = [...partitions.keys()].filter((partition) => partition < count)
        return { topic, partitions: there.sort((one, other) => one - other) }
      })
    })
  return members.flatMap(({ userEndpoint, assigned }) =>
    userEndpoint === null
      ? []
      : [
          {
            userEndpoint: { ...userEndpoint },
            activePartitions: partitionsOf(assigned.active),
            standbyPartitions: partitionsOf(assigned.standby),
          },
        ],
  )
}
