/** Names of files and folders in a log directory, as Apache Kafka has them. */

export const Suffix = {
  log: '.log',
  index: '.index',
  timeIndex: '.timeindex',
  txnIndex: '.txnindex',
  snapshot: '.snapshot',
} as const

/** All files of a segment but its producer snapshot. */
export const SEGMENT_SUFFIXES = [Suffix.log, Suffix.index, Suffix.timeIndex, Suffix.txnIndex] as const

/** What compaction and deletion put behind these while they are at work. */
export const DELETED = '.deleted'
export const CLEANED = '.cleaned'
export const SWAP = '.swap'

export const METADATA_TOPIC = '__cluster_metadata'

export const fileName = (offset: number, suffix: string): string => String(offset).padStart(20, '0') + suffix

/** The offset in a file's name when the name is one of that kind. */
export function offsetOf(name: string, suffix: string): number | undefined {
  if (name.length !== 20 + suffix.length || !name.endsWith(suffix)) return undefined
  const digits = name.slice(0, 20)
  return /^\d{20}$/.test(digits) ? Number(digits) : undefined
}

export const partitionDir = (topic: string, partition: number): string => `${topic}-${partition}`

export function parsePartitionDir(name: string): { topic: string; partition: number } | undefined {
  const match = /^(.+)-(\d{1,10})$/.exec(name)
  return match ? { topic: match[1] as string, partition: Number(match[2]) } : undefined
}

const DIR_DELETED = '-delete'
const DIR_FUTURE = '-future'
const MAX_DIR_NAME = 255

/** A folder that waits for its removal. The topic's name is cut where the whole would be too long for a file system. */
export function deletedDir(topic: string, partition: number, uniqueHex: string): string {
  const suffix = `-${partition}.${uniqueHex}${DIR_DELETED}`
  return topic.slice(0, MAX_DIR_NAME - suffix.length) + suffix
}

export const isDeletedDir = (name: string): boolean => name.endsWith(DIR_DELETED)

/** A folder that is to take the place of one in another log directory (KIP-113). `uniqueHex` has 32 letters. */
export const futureDir = (topic: string, partition: number, uniqueHex: string): string =>
  `${topic}-${partition}.${uniqueHex}${DIR_FUTURE}`

/** Whether the topic's name leaves room for such a folder. */
export const hasRoomForFuture = (topic: string, partition: number): boolean =>
  futureDir(topic, partition, '0'.repeat(32)).length <= MAX_DIR_NAME

export function parseFutureDir(name: string): { topic: string; partition: number } | undefined {
  const match = /^(.+)\.[^.]+-future$/.exec(name)
  return match ? parsePartitionDir(match[1] as string) : undefined
}
