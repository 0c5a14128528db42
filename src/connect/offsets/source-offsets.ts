import { readSchemaless } from '../converters/json-reading.ts'
import { parseJson } from '../converters/json-text.ts'
import { stringifyData } from '../converters/json-writing.ts'
import type { SourceOffset, SourcePartition } from '../records.ts'

export interface PartitionOffset {
  readonly partition: SourcePartition
  /** Null forgets where the partition was. */
  readonly offset: SourceOffset | null
}

/** Where sources are. */
export interface SourceOffsets {
  /** Resolves when `get` and `all` know everything that was written before this call, by whomever. */
  refresh(): Promise<void>
  /** Undefined when nothing is known. */
  get(connector: string, partition: SourcePartition): SourceOffset | undefined
  all(connector: string): PartitionOffset[]
  /** Resolves when the offsets are kept for good. Rejects when it is not known that they are: then they can be put again. */
  put(connector: string, offsets: readonly PartitionOffset[]): Promise<void>
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

/** Offsets as all of Apache's workers write them: keys are `["connector",{partition}]`, values offsets, both JSON. */
export class OffsetTable {
  private readonly kept: Map<string, Kept>

  constructor(from?: OffsetTable) {
    this.kept = new Map(from?.kept)
  }

  get(connector: string, partition: SourcePartition): SourceOffset | undefined {
    return offsetOf(this.kept.get(identity(connector, partition))?.value)
  }

  all(connector: string): PartitionOffset[] {
    return [...this.kept.values()].flatMap(({ connector: name, partition, value }) => {
      const offset = name === connector ? offsetOf(value) : undefined
      return offset ? [{ partition, offset }] : []
    })
  }

  entries(): { key: Buffer; value: Buffer | null }[] {
    return [...this.kept.values()]
  }

  /** What is to be written for an offset: under the key by which the partition is known already. */
  entryFor(connector: string, { partition, offset }: PartitionOffset): { key: Buffer; value: Buffer | null } {
    const known = this.kept.get(identity(connector, partition))
    return {
      key: known?.key ?? Buffer.from(stringifyData([connector, partition])),
      value: offset && Buffer.from(stringifyData(offset)),
    }
  }

  keep(key: Buffer, value: Buffer | null): void {
    const { connector, partition } = readKey(key)
    const id = connector === undefined ? `?${key.toString('latin1')}` : identity(connector, partition)
    this.kept.set(id, { key, connector, partition, value })
  }
}

const offsetOf = (value: Buffer | null | undefined): SourceOffset | undefined =>
  value ? (readSchemaless(parseJson(value.toString())) as SourceOffset) : undefined

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
