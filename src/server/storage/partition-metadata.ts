import type { Disk } from '../../runtime/index.ts'
import { parseUuid, type Uuid } from '../../std/uuid.ts'

export const PARTITION_METADATA_FILE = 'partition.metadata'

/** The topic id that a partition's folder belongs to (KIP-516). */
export function readPartitionMetadata(disk: Disk, dir: string): Uuid | undefined {
  const path = `${dir}/${PARTITION_METADATA_FILE}`
  const text = disk.readFile(path)?.toString('latin1')
  if (text === undefined) return undefined
  const match = /^version: 0\r?\ntopic_id: ?(\S+)\s*$/.exec(text)
  if (!match || parseUuid(match[1] as string) === undefined) throw new Error(`${path} is damaged`)
  return match[1] as string
}

export function writePartitionMetadata(disk: Disk, dir: string, topicId: Uuid): void {
  disk.replaceFile(`${dir}/${PARTITION_METADATA_FILE}`, `version: 0\ntopic_id: ${topicId}`)
}
