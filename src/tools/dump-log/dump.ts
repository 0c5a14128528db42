import { isAbsolute, resolve } from 'node:path'
import type { Disk, File } from '../../runtime/index.ts'
import { Suffix } from '../../server/storage/names.ts'
import type { DumpEvent } from './events.ts'
import type { Findings } from './findings.ts'
import { dumpOffsetIndex, dumpTimeIndex, type IndexFiles, type IndexOptions } from './indexes.ts'
import { dumpLog, type LogOptions } from './log.ts'
import { dumpAbortedTransactions, dumpProducers } from './producers.ts'

export type DumpOptions = LogOptions & IndexOptions

const CHECKPOINT = '.checkpoint'
const BOOTSTRAP = 'bootstrap.checkpoint'

/** A file whose kind its name does not tell. */
export class UnknownFile extends Error {
  override name = 'UnknownFile'
}

/** A snapshot of producers whose checksum, length or version is wrong. */
export class DamagedSnapshot extends Error {
  override name = 'DamagedSnapshot'
}

/** A file that is not there; the message is its name. */
export class NoSuchFile extends Error {
  override name = 'NoSuchFile'
}

/** What a file of a log directory says, piece by piece. Throws for what cannot be read; what does not fit goes to `findings`. */
export function* dumpFile(disk: Disk, path: string, options: DumpOptions, findings: Findings): Generator<DumpEvent> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const full = isAbsolute(path) ? path : `${resolve('.')}/${path}`
  const suffix = name.slice(Math.max(name.lastIndexOf('.'), 0))
  switch (suffix) {
    case Suffix.log:
      yield { kind: 'log', baseOffset: baseOffset(name) }
      return yield* opened(disk, path, (file) => dumpLog(file, full, options, findings))
    case CHECKPOINT:
      yield checkpoint(name)
      return yield* opened(disk, path, (file) => dumpLog(file, full, options, findings))
    case Suffix.index:
      return yield* withLog(disk, path, full, (files) => dumpOffsetIndex(files, options, findings))
    case Suffix.timeIndex:
      return yield* withLog(disk, path, full, (files) =>
        opened(disk, sibling(path, Suffix.index), (offsets) => dumpTimeIndex(files, offsets, options, findings)),
      )
    case Suffix.snapshot: {
      const bytes = disk.readFile(path)
      if (!bytes) throw new NoSuchFile(path)
      const producers = dumpProducers(bytes)
      if (!producers) throw new DamagedSnapshot(`${path} is no snapshot of producers, or damaged.`)
      return yield* producers
    }
    case Suffix.txnIndex:
      // A segment without aborted transactions has none.
      if (disk.stat(path)) yield* opened(disk, path, dumpAbortedTransactions)
      return
    default:
      throw new UnknownFile(path)
  }
}

function baseOffset(name: string): number {
  const text = name.split('.')[0] as string
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`For input string: "${text}"`)
  return Number(text)
}

function checkpoint(name: string): DumpEvent {
  if (name === BOOTSTRAP) return { kind: 'bootstrap-checkpoint' }
  const match = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name)
  if (!match) throw new Error(`${name} is not the name of a snapshot: OFFSET-EPOCH.checkpoint.`)
  return { kind: 'checkpoint', endOffset: Number(match[1]), epoch: Number(match[2]) }
}

/** The file of the same segment with another ending. */
function sibling(path: string, suffix: string): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  return folder + path.slice(folder.length).split('.')[0] + suffix
}

function* withLog(
  disk: Disk,
  path: string,
  full: string,
  read: (files: IndexFiles) => Generator<DumpEvent>,
): Generator<DumpEvent> {
  const base = baseOffset(path.slice(path.lastIndexOf('/') + 1))
  yield* opened(disk, sibling(full, Suffix.log), (log) =>
    opened(disk, path, (index) => read({ path: full, baseOffset: base, index, log })),
  )
}

function* opened(disk: Disk, path: string, read: (file: File) => Generator<DumpEvent>): Generator<DumpEvent> {
  if (!disk.stat(path)) throw new NoSuchFile(path)
  const file = disk.open(path, { readOnly: true })
  try {
    yield* read(file)
  } finally {
    file.close()
  }
}
