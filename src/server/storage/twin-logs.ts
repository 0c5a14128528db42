import type { Uuid } from '../../std/uuid.ts'
import type { Log } from './log.ts'
import type { LogDirectory } from './log-directory.ts'

/** What the metadata says of partitions. */
export interface KnownPlaces {
  topicIdOf?(topic: string): Uuid | undefined
  directoryOf?(topic: string, partition: number): Uuid | undefined
}

interface Found {
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
}

/** Whether of two logs of a partition this one is part of the cluster; where both are of the same topic the metadata has to name its directory. */
export function isPart({ topicIdOf, directoryOf }: KnownPlaces, log: Found, dir: LogDirectory, other: Found): boolean {
  if (log.topicId !== topicIdOf?.(log.topic)) return false
  const assigned = directoryOf?.(log.topic, log.partition)
  return log.topicId !== other.topicId || (assigned !== undefined && dir.id === assigned)
}

/** Whether all records of a log are in another one of the same topic: an epoch has the same records everywhere. */
export function isWithin(log: Log, other: Log): boolean {
  const { logStartOffset, logEndOffset } = log
  if (logEndOffset === logStartOffset) return true
  const end = other.endOffsetForEpoch(log.latestEpoch ?? -1)
  if (end.epoch !== log.latestEpoch || end.endOffset < logEndOffset || other.logStartOffset >= logEndOffset)
    return false
  return lastBatchBelow(log, logEndOffset).equals(lastBatchBelow(other, logEndOffset))
}

function lastBatchBelow(log: Log, end: number): Buffer {
  const read = log.read(end - 1, 1, end, true)
  const bytes = Buffer.concat(read.buffers)
  read.release()
  return bytes
}
