import { createRequire } from 'node:module'

type Crc = (bytes: Uint8Array) => number

/** CRC-32C (Castagnoli) of the bytes, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array): number {
  return implementation(bytes)
}

// The native module is loaded by the first checksum, so that a command that needs none does not pay for it.
let implementation: Crc = (bytes) => {
  implementation = loadNative() ?? crc32cTables
  return implementation(bytes)
}

function loadNative(): Crc | undefined {
  try {
    const native = createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Crc }
    return native.crc32c(Buffer.from('123456789')) === 0xe3069283 ? native.crc32c : undefined
  } catch {
    return undefined // no binary for this platform
  }
}

let tables: readonly Int32Array[] | undefined

/** Table k gives the effect of a byte that is followed by k more: eight of them take eight bytes in one step. */
function makeTables(): readonly Int32Array[] {
  const made = Array.from({ length: 8 }, () => new Int32Array(256))
  const first = made[0] as Int32Array
  for (let i = 0; i < 256; i++) {
    let value = i
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
    first[i] = value
  }
  for (let k = 1; k < 8; k++)
    for (let i = 0; i < 256; i++) {
      const before = (made[k - 1] as Int32Array)[i] as number
      ;(made[k] as Int32Array)[i] = (before >>> 8) ^ (first[before & 0xff] as number)
    }
  return made
}

/** The same in plain JavaScript (slicing by 8), where the native module does not load. */
export function crc32cTables(bytes: Uint8Array): number {
  tables ??= makeTables()
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  let crc = -1
  let at = 0
  for (const end = bytes.length - 8; at <= end; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    crc =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!
  return ~crc >>> 0
}
