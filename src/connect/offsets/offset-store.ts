import type { Disk } from '../../runtime/disk.ts'
import { ConnectError } from '../data/errors.ts'
import type { SourceOffset, SourcePartition } from '../records.ts'
import { readHashMap, writeHashMap } from './java-hash-map.ts'
import { OffsetTable, type PartitionOffset, type SourceOffsets } from './source-offsets.ts'

/** Where sources are, in the file of Apache's standalone worker. */
export class OffsetStore implements SourceOffsets {
  private table = new OffsetTable()

  private constructor(
    private readonly path: string,
    private readonly disk: Disk,
  ) {}

  /** Reads the file, if there is one. Throws `ConnectError` for one that is none of these. */
  static open(path: string, disk: Disk): OffsetStore {
    const store = new OffsetStore(path, disk)
    const bytes = disk.readFile(path)
    if (!bytes || bytes.length === 0) return store
    try {
      for (const { key, value } of readHashMap(bytes)) if (key) store.table.keep(key, value)
    } catch (error) {
      throw new ConnectError(`The offsets in ${path} cannot be read: ${(error as Error).message}.`, { cause: error })
    }
    return store
  }

  /** Nobody else writes the file. */
  async refresh(): Promise<void> {}

  get(connector: string, partition: SourcePartition): SourceOffset | undefined {
    return this.table.get(connector, partition)
  }

  all(connector: string): PartitionOffset[] {
    return this.table.all(connector)
  }

  /** Rejects with a system error where the disk refuses, and then nothing has changed. */
  async put(connector: string, offsets: readonly PartitionOffset[]): Promise<void> {
    const next = new OffsetTable(this.table)
    for (const item of offsets) {
      const { key, value } = this.table.entryFor(connector, item)
      next.keep(key, value)
    }
    this.disk.replaceFile(this.path, writeHashMap(next.entries()))
    this.table = next
  }
}
