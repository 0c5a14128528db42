import type { MetadataRecord } from '../metadata/records.ts'
import { isActive, type PlacedPartition, partitionsWhere, rulesFor } from './broker-views.ts'
import type { ControllerContext } from './controller.ts'
import { partitionChange } from './partition-change.ts'

/** What happens to one broker, before it stands in its registration. */
export interface BrokerMove {
  /** It leaves ISRs and leads nothing. */
  readonly removed?: number
  /** It may lead although it is still registered as fenced. */
  readonly added?: number
  /** It may have lost records: it leaves ISRs, and is not eligible for them either. */
  readonly lost?: number
}

/** Leaders and ISRs of partitions once a broker comes or goes. */
export function* leaderAndIsrChanges(
  context: ControllerContext,
  { removed, added, lost }: BrokerMove,
  partitions: Iterable<PlacedPartition>,
): Generator<MetadataRecord> {
  const { image } = context
  const rules = rulesFor(context, (id) => id !== removed && id !== lost && (id === added || isActive(image, id)))
  for (const { topic, partitionId, partition } of partitions) {
    const isr = partition.isr.filter((id) => id !== removed && id !== lost)
    const record = partitionChange(
      { topicId: topic.id, partitionId },
      partition,
      rules(topic.name, partition),
      lost === undefined ? { isr } : { isr, uncleanShutdown: lost },
    )
    if (record) yield record
  }
}

/** A broker is silent, or stops: its partitions go on without it. */
export const withoutBroker = (context: ControllerContext, removed: number): Iterable<MetadataRecord> =>
  leaderAndIsrChanges(
    context,
    { removed },
    partitionsWhere(context.image, ({ isr }) => isr.includes(removed)),
  )

/** A broker is there again: what has no leader may get one. */
export const withBroker = (context: ControllerContext, added: number): Iterable<MetadataRecord> =>
  leaderAndIsrChanges(
    context,
    { added },
    partitionsWhere(context.image, ({ leader }) => leader < 0),
  )

/** A broker came back that did not stop in good order: the end of its logs may be gone, so it is in sync with nothing (KIP-966). */
export const afterUncleanStop = (context: ControllerContext, lost: number): Iterable<MetadataRecord> =>
  leaderAndIsrChanges(
    context,
    { lost },
    partitionsWhere(context.image, ({ isr, elr }) => isr.includes(lost) || elr.includes(lost)),
  )
