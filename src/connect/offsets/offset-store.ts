import type { Disk } from '../../runtime/disk.ts'
import { readSchemaless } from '../converters/json-reading.ts'
import { parseJson } from '../converters/json-text.ts'
import { stringifyData } from '../converters/json-writing.ts'
import { ConnectError } from '../data/errors.ts'
import type { SourceOffset, SourcePartition } from '../records.ts'
import { readHashMap, writeHashMap } from './java-hash-map.ts'

export interface PartitionOffset {
  readonly partition: SourcePartition
  /** Null forgets where the partition was. */
  readonly offset: SourceOffset | null
}

interface Kept {
  readonly key: Buffer
  readonly connector: string | undefined
  readonly partition: SourcePartition
  readonly value: Buffer | null
}

/** The same for the same partition, in whatever order its fields are. */
const identity = (connector: string, partition: unknown): string => stringifyData([connector, sorted(partition)])

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const)
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Where sources are, in the file of Apache's standalone worker: keys are `["connector",{partition}]`, values offsets, both JSON. */
export class OffsetStore {
  private kept = new Map<string, Kept>()

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
      for (const { key, value } of readHashMap(bytes)) if (key) store.keep(key, value)
    } catch (error) {
      throw new ConnectError(`The offsets in ${path} cannot be read: ${(error as Error).message}.`, { cause: error })
    }
    return store
  }

  /** Undefined when nothing is known. */
  get(connector: string, partition: SourcePartition): SourceOffset | undefined {
    const value = this.kept.get(identity(connector, partition))?.value
    return value ? (readSchemaless(parseJson(value.toString())) as SourceOffset) : undefined
  }

  all(connector: string): { partition: SourcePartition; offset: SourceOffset }[] {
    return [...this.kept.values()].flatMap(({ connector: name, partition, value }) =>
      name === connector && value
        ? [{ partition, offset: readSchemaless(parseJson(value.toString())) as SourceOffset }]
        : [],
    )
  }

  /** Keeps offsets and has them on disk when it returns; throws a system error where that fails, and then nothing has changed. */
  put(connector: string, offsets: readonly PartitionOffset[]): void {
    const before = this.kept
    this.kept = new Map(before)
    for (const { partition, offset } of offsets) {
      const known = before.get(identity(connector, partition))
      this.keep(
        known?.key ?? Buffer.from(stringifyData([connector, partition])),
        offset && Buffer.from(stringifyData(offset)),
      )
    }
    try {
      this.disk.replaceFile(this.path, writeHashMap([...this.kept.values()]))
    } catch (error) {
      this.kept = before
      throw error
    }
  }

  private keep(key: Buffer, value: Buffer | null): void {
    const { connector, partition } = readKey(key)
    const id = connector === undefined ? `?${key.toString('latin1')}` : identity(connector, partition)
    this.kept.set(id, { key, connector, partition, value })
  }
}

/** What is no key of a connector's is kept as it is. */
function readKey(key: Buffer): { connector: string | undefined; partition: SourcePartition } {
  try {
    const [connector, partition] = readSchemaless(parseJson(key.toString())) as [unknown, unknown]
    if (typeof connector === 'string' && typeof partition === 'object' && partition !== null)
      return { connector, partition: partition as SourcePartition }
  } catch {
    // Not even JSON.
  }
  return { connector: undefined, partition: {} }
}
