import type { MetadataImage } from '../../../../metadata/image.ts'
import { type ConfiguredSubtopology, type InternalTopic, PartitionCounts } from './partition-counts.ts'
import type { Topology } from './records.ts'
import { Problem, problem, type Status, StatusCode } from './status.ts'

/** A topology with the topics that are there: what tasks there are, which topics it lacks, and why it cannot run yet. */
export interface ConfiguredTopology {
  readonly epoch: number
  /** By their ids; undefined when not even the numbers of partitions are known. */
  readonly subtopologies: ReadonlyMap<string, ConfiguredSubtopology> | undefined
  readonly missing: readonly InternalTopic[]
  readonly problem: Status | undefined
}

/** All topics of a topology that must be there. */
export const requiredTopics = ({ subtopologies }: Topology): Set<string> =>
  new Set(
    subtopologies.flatMap(({ sourceTopics, repartitionSourceTopics, stateChangelogTopics }) => [
      ...sourceTopics,
      ...repartitionSourceTopics.map(({ name }) => name),
      ...stateChangelogTopics.map(({ name }) => name),
    ]),
  )

/** Throws STREAMS_INVALID_TOPOLOGY for one that can never run. */
export function configure(topology: Topology, image: MetadataImage): ConfiguredTopology {
  const { epoch, subtopologies } = topology
  try {
    const absent = subtopologies.flatMap(({ sourceTopics }) => sourceTopics.filter((name) => !image.topics.has(name)))
    if (absent.length > 0)
      throw problem(StatusCode.missingSourceTopics, `Source topics ${summary(new Set(absent))} are missing.`)
    const counts = new PartitionCounts(subtopologies, image)
    const configured = subtopologies.map((one) => counts.configured(one))
    const missing = missingTopics(configured, image)
    const names = new Set(missing.map(({ name }) => name))
    const status = {
      statusCode: StatusCode.missingInternalTopics,
      statusDetail: `Internal topics are missing: ${summary(names)}`,
    }
    const byId = configured.map((one) => [one.id, one] as const).sort(([one], [other]) => (one < other ? -1 : 1))
    return { epoch, subtopologies: new Map(byId), missing, problem: missing.length > 0 ? status : undefined }
  } catch (error) {
    if (error instanceof Problem) return { epoch, subtopologies: undefined, missing: [], problem: error.status }
    throw error
  }
}

const MOST_NAMED = 3

function summary(names: ReadonlySet<string>): string {
  const list = [...names].sort()
  const more = list.length - MOST_NAMED
  return list.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} additional topics` : '')
}

/** Those that are there must have as many partitions as they need. */
function missingTopics(subtopologies: readonly ConfiguredSubtopology[], { topics }: MetadataImage): InternalTopic[] {
  const wanted = new Map<string, InternalTopic>()
  for (const { repartitionSourceTopics, changelogTopics } of subtopologies)
    for (const topic of [...repartitionSourceTopics, ...changelogTopics]) wanted.set(topic.name, topic)
  return [...wanted.values()].filter(({ name, partitions }) => {
    const found = topics.get(name)?.partitions.length
    if (found !== undefined && found !== partitions)
      throw problem(
        StatusCode.incorrectlyPartitionedTopics,
        `Existing topic ${name} has different number of partitions: expected ${partitions}, found ${found}`,
      )
    return found === undefined
  })
}
