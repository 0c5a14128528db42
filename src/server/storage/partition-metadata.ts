import type { Disk } from '../../runtime/index.ts'
import { parseUuid, type Uuid } from '../../std/uuid.ts'

const PARTITION_METADATA_FILE = 'partition.metadata'

/** The topic id that a partition's folder belongs to (KIP-516). Undefined when the file is missing or says nothing that can be read. */
export function readPartitionMetadata(disk: Disk, dir: string): Uuid | undefined {
  const text = disk.readFile(`${dir}/${PARTITION_METADATA_FILE}`)?.toString('latin1') ?? ''
  const match = /^version: 0\r?\ntopic_id: ?(\S+)\s*$/.exec(text)
  return match && parseUuid(match[1] as string) !== undefined ? match[1] : undefined
}

/** Not durable until the log's first flush: a thousand partitions are made at once, and an fsync each would hold up everything. */
export function writePartitionMetadata(disk: Disk, dir: string, topicId: Uuid): void {
  disk.writeFile(`${dir}/${PARTITION_METADATA_FILE}`, `version: 0\ntopic_id: ${topicId}`)
}

export async function syncPartitionMetadata(disk: Disk, dir: string): Promise<void> {
  const path = `${dir}/${PARTITION_METADATA_FILE}`
  if (!disk.stat(path)) return
  const file = disk.open(path)
  try {
    await file.sync()
  } finally {
    file.close()
  }
}
