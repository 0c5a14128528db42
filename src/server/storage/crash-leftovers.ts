import { lastOffset } from '../../protocol/records/batch.ts'
import type { Disk } from '../../runtime/index.ts'
import { scanBatches } from './batch-scan.ts'
import { FilePool } from './file-pool.ts'
import { CLEANED, DELETED, offsetOf, SEGMENT_SUFFIXES, Suffix, SWAP } from './names.ts'

const TEMPORARY = ['.tmp', '.later']

/**
 * Puts a log's folder in order after a crash: removes files that were to be deleted or were being written, and completes the swap of
 * compacted segments for the ones they were made from. A swap is complete work only when no cleaned file from the same or an earlier
 * offset is left, since cleaned files become swap files from the last to the first. Each step is durable before the next: a crash in the
 * middle of this is one more crash.
 */
export function cleanUp(disk: Disk, dir: string): void {
  const names = disk.list(dir) ?? []
  const cleaned = names.filter((name) => name.endsWith(CLEANED))
  const minCleaned = Math.min(...cleaned.map((name) => Number(name.slice(0, 20))), Number.POSITIVE_INFINITY)
  const isLeftover = (name: string) => name.endsWith(DELETED) || TEMPORARY.some((suffix) => name.endsWith(suffix))
  for (const name of names.filter(isLeftover)) disk.remove(`${dir}/${name}`)
  const swaps = names.filter((name) => name.endsWith(SWAP))
  const undone = swaps.filter((name) => Number(name.slice(0, 20)) >= minCleaned)
  for (const name of undone) disk.remove(`${dir}/${name}`)
  // Without a cleaned file beside it what is left of a swap would look complete.
  if (undone.length > 0) disk.syncDir(dir)
  for (const name of cleaned) disk.remove(`${dir}/${name}`)
  const complete = swaps.filter((name) => !undone.includes(name))
  for (const name of complete) if (name.endsWith(Suffix.log + SWAP)) removeOriginals(disk, dir, name, names)
  // A segment and another one with records of it must not stand side by side.
  if (complete.length > 0) disk.syncDir(dir)
  for (const name of complete) disk.rename(`${dir}/${name}`, `${dir}/${name.slice(0, -SWAP.length)}`)
  if (complete.length > 0) disk.syncDir(dir)
  removeOrphans(disk, dir)
}

/** Removes the segments whose records a swap file holds. */
function removeOriginals(disk: Disk, dir: string, swap: string, names: readonly string[]): void {
  const from = Number(swap.slice(0, 20))
  const file = new FilePool(disk).file(`${dir}/${swap}`)
  let to = from + 1
  for (const { buffer, at } of scanBatches(file, 0, file.size())) to = lastOffset(buffer, at) + 1
  file.close()
  for (const name of names) {
    const suffix = SEGMENT_SUFFIXES.find((one) => offsetOf(name, one) !== undefined)
    const offset = suffix && offsetOf(name, suffix)
    if (offset !== undefined && offset >= from && offset < to) disk.remove(`${dir}/${name}`)
  }
}

/** Removes indexes whose log is gone. */
function removeOrphans(disk: Disk, dir: string): void {
  const names = disk.list(dir) ?? []
  const logs = new Set(names.map((name) => offsetOf(name, Suffix.log)))
  for (const name of names)
    for (const suffix of [Suffix.index, Suffix.timeIndex, Suffix.txnIndex]) {
      const offset = offsetOf(name, suffix)
      if (offset !== undefined && !logs.has(offset)) disk.remove(`${dir}/${name}`)
    }
}
