import * as batch from '../../protocol/records/batch.ts'

/** What one replica has of a partition. */
export interface Copy {
  readonly replica: number
  readonly records: Buffer
}

/** Two replicas that have something else at the same place. */
export type Mismatch =
  | { readonly kind: 'offset'; readonly found: readonly [Found, Found] }
  | { readonly kind: 'checksum'; readonly offset: number; readonly found: readonly [Found, Found] }

interface Found {
  readonly replica: number
  /** An offset, or a checksum. */
  readonly value: number
}

export interface Comparison {
  /** The offset after the last batch that all replicas have alike. */
  readonly verified: number
  readonly mismatch: Mismatch | undefined
}

/** Compares batch by batch from an offset on, as far as all replicas have answered. A batch that is cut off is none. */
export function compareCopies(copies: readonly Copy[], from: number): Comparison {
  const positions = copies.map(({ records }) => [...batch.batchPositions(records)])
  const common = Math.min(...positions.map((list) => list.length))
  let verified = from
  for (let i = 0; i < common; i++) {
    const at = (copy: number) => positions[copy]?.[i] as number
    const first = copies[0] as Copy
    const offset = batch.lastOffset(first.records, at(0))
    for (let other = 1; other < copies.length; other++) {
      const { replica, records } = copies[other] as Copy
      const found = (mine: number, theirs: number): readonly [Found, Found] => [
        { replica, value: theirs },
        { replica: first.replica, value: mine },
      ]
      const theirs = batch.lastOffset(records, at(other))
      if (theirs !== offset) return { verified, mismatch: { kind: 'offset', found: found(offset, theirs) } }
      const sums = found(batch.storedCrc(first.records, at(0)), batch.storedCrc(records, at(other)))
      if (sums[0].value !== sums[1].value) return { verified, mismatch: { kind: 'checksum', offset, found: sums } }
    }
    verified = Math.max(verified, offset + 1)
  }
  return { verified, mismatch: undefined }
}
