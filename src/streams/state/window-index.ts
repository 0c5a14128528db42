import { keyPart, storedTime } from '../windowed.ts'
import { firstWhere, placeOf } from './sorted-keys.ts'

/** What a store of windows is told when it is made. */
export interface WindowRetention {
  /** Whether its keys have the starts of windows, or the ends and starts of sessions. */
  readonly kind: 'time' | 'session'
  /** How long a window can be read, by the largest time that was written; milliseconds. */
  readonly retentionMs: number
  /** Whether windows are let on when they close. Java has another store for them then, which keeps them for one millisecond more. */
  readonly emitsOnClose?: boolean
}

/** Kafka's smallest segment of a store of windows; milliseconds. */
const MIN_SEGMENT_MS = 60_000

/**
 * The windows of a store: those of each key in the order of time, and all by age. As in Kafka the memory of one that is too old is given back a
 * segment of time later.
 */
export class WindowIndex {
  private observed = -1
  private readonly byKey = new Map<string, Buffer[]>()
  private readonly segments = new Map<number, Map<string, Buffer>>()
  /** All in the order of their times, where that is asked for. */
  private readonly ordered: Buffer[] = []
  private readonly segmentMs: number
  private number = 0

  constructor(private readonly retention: WindowRetention) {
    this.segmentMs = Math.max(retention.retentionMs / 2, MIN_SEGMENT_MS)
  }

  get kind(): WindowRetention['kind'] {
    return this.retention.kind
  }

  /** For the next of entries that are kept apart by numbers: those of an earlier life of the task are not written over. */
  nextNumber(): number {
    return (this.number + 1) & 0x7fffffff
  }

  isLive(stored: Buffer): boolean {
    const { kind, retentionMs, emitsOnClose } = this.retention
    const age = this.observed - storedTime(stored, kind)
    return age < retentionMs || (age === retentionMs && emitsOnClose === true && kind === 'time')
  }

  add(id: string, stored: Buffer): void {
    const segment = this.segmentOf(stored)
    const among = this.segments.get(segment) ?? new Map<string, Buffer>()
    if (among.has(id)) return
    among.set(id, stored)
    if (this.retention.emitsOnClose) this.ordered.splice(this.placeByTime(stored), 0, stored)
    this.segments.set(segment, among)
    const key = this.keyOf(stored)
    const sorted = this.byKey.get(key)
    if (sorted) sorted.splice(placeOf(sorted, stored), 0, stored)
    else this.byKey.set(key, [stored])
  }

  remove(id: string, stored: Buffer): void {
    const segment = this.segmentOf(stored)
    const among = this.segments.get(segment)
    if (!among?.delete(id)) return
    if (among.size === 0) this.segments.delete(segment)
    if (this.retention.emitsOnClose) this.ordered.splice(this.placeByTime(stored), 1)
    const key = this.keyOf(stored)
    const sorted = this.byKey.get(key) ?? []
    sorted.splice(placeOf(sorted, stored), 1)
    if (sorted.length === 0) this.byKey.delete(key)
  }

  /** Notes the number of an entry. */
  count(stored: Buffer): void {
    if (this.retention.kind === 'time') this.number = stored.readInt32BE(stored.length - 4)
  }

  /** Notes that this was written; takes out segments that are too old now, and gives the ids of what was in them. */
  advance(stored: Buffer): string[] {
    this.observed = Math.max(this.observed, storedTime(stored, this.retention.kind))
    const expired: string[] = []
    if (this.segmentMs === Number.POSITIVE_INFINITY) return expired
    const first = Math.floor((this.observed - this.retention.retentionMs) / this.segmentMs)
    for (const [segment, among] of this.segments) {
      if (segment >= first) continue
      this.segments.delete(segment)
      const keys = new Set<string>()
      for (const [id, old] of among) {
        expired.push(id)
        keys.add(this.keyOf(old))
      }
      for (const key of keys) this.cut(key, first)
    }
    if (expired.length > 0)
      this.ordered.splice(
        0,
        firstWhere(this.ordered, (stored) => this.segmentOf(stored) >= first),
      )
    return expired
  }

  /** The store's keys whose times lie between these, both included; a copy, in the order of time and then of their bytes. */
  between(from: number, to: number): Buffer[] {
    const { kind } = this.retention
    const first = firstWhere(this.ordered, (stored) => storedTime(stored, kind) >= from)
    const last = firstWhere(this.ordered, (stored) => storedTime(stored, kind) > to)
    return this.ordered.slice(first, last)
  }

  /** The store's keys of one key whose times lie between these, both included; a copy, in the order of time. */
  of(key: Buffer, from: number, to: number): Buffer[] {
    const sorted = this.byKey.get(key.toString('latin1')) ?? []
    const { kind } = this.retention
    const first = firstWhere(sorted, (stored) => storedTime(stored, kind) >= from)
    const last = firstWhere(sorted, (stored) => storedTime(stored, kind) > to)
    return sorted.slice(first, last)
  }

  clear(): void {
    this.byKey.clear()
    this.segments.clear()
    this.ordered.length = 0
    this.observed = -1
  }

  /** Takes out what a key has before a segment, at once: that can be much. */
  private cut(key: string, first: number): void {
    const sorted = this.byKey.get(key) ?? []
    sorted.splice(
      0,
      firstWhere(sorted, (stored) => this.segmentOf(stored) >= first),
    )
    if (sorted.length === 0) this.byKey.delete(key)
  }

  private placeByTime(stored: Buffer): number {
    const { kind } = this.retention
    return firstWhere(this.ordered, (other) => compareByTime(other, stored, kind) >= 0)
  }

  private keyOf(stored: Buffer): string {
    return keyPart(stored, this.retention.kind).toString('latin1')
  }

  private segmentOf(stored: Buffer): number {
    return Math.floor(storedTime(stored, this.retention.kind) / this.segmentMs)
  }
}

/** What stands behind the keys is times with their big end first: so its bytes have the order of time. */
function compareByTime(a: Buffer, b: Buffer, kind: WindowRetention['kind']): number {
  const [one, other] = [keyPart(a, kind), keyPart(b, kind)]
  return Buffer.compare(a.subarray(one.length), b.subarray(other.length)) || Buffer.compare(one, other)
}
