/** What Java commits beside an offset, so that the next life of a task knows where it is in time. */
export interface OffsetTimes {
  /** The largest timestamp of the partition's records; -1 before the first. */
  readonly partitionTime: number
  /** By store: the close time by which windows of it have gone on (KIP-825). */
  readonly closedAt: ReadonlyMap<string, number>
}

const VERSION = 2
/** The first version has the partition's time alone. */
const FIRST_VERSION = 1
const HEAD = 9

const NOTHING: OffsetTimes = { partitionTime: -1, closedAt: new Map() }

/** The text of the second version: base64 of a byte of version, the partition's time, and, if there are any, number, names and times of stores. */
export function writeOffsetTimes({ partitionTime, closedAt }: OffsetTimes): string {
  const head = Buffer.alloc(HEAD)
  head[0] = VERSION
  head.writeBigInt64BE(BigInt(partitionTime), 1)
  const size = Buffer.alloc(closedAt.size === 0 ? 0 : 4)
  if (closedAt.size > 0) size.writeInt32BE(closedAt.size)
  const entries = Array.from(closedAt, ([store, time]) => {
    const name = Buffer.from(store)
    const entry = Buffer.alloc(4 + name.length + 8)
    entry.writeInt32BE(name.length)
    entry.set(name, 4)
    entry.writeBigInt64BE(BigInt(time), 4 + name.length)
    return entry
  })
  return Buffer.concat([head, size, ...entries]).toString('base64')
}

/** As in Java, what cannot be read says nothing. */
export function readOffsetTimes(metadata: string): OffsetTimes {
  const bytes = Buffer.from(metadata, 'base64')
  const version = bytes[0]
  if (bytes.length < HEAD || (version !== VERSION && version !== FIRST_VERSION)) return NOTHING
  const partitionTime = Number(bytes.readBigInt64BE(1))
  const closedAt = new Map<string, number>()
  try {
    let at = HEAD + 4
    const count = version === VERSION && bytes.length > HEAD ? bytes.readInt32BE(HEAD) : 0
    for (let entry = 0; entry < count; entry++) {
      const end = at + 4 + bytes.readInt32BE(at)
      closedAt.set(bytes.toString('utf8', at + 4, end), Number(bytes.readBigInt64BE(end)))
      at = end + 8
    }
  } catch {
    return NOTHING
  }
  return { partitionTime, closedAt }
}
