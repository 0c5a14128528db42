import { UNASSIGNED } from '../../protocol/directory-ids.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Disk } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { Log } from './log.ts'
import { LogDirectory } from './log-directory.ts'

export interface LogDirectoriesOptions {
  /** Log directories (`log.dirs`). */
  readonly dirs: readonly string[]
  /** Their ids, by path, as far as they could be read (KIP-858). */
  readonly directoryIds?: ReadonlyMap<string, Uuid>
  /** Those that could not be opened, with the reason. */
  readonly unusable?: ReadonlyMap<string, Error>
}

/** A directory that is out of use from now on. */
export interface DirectoryFailure {
  readonly path: string
  readonly id: Uuid | undefined
  readonly error: Error
  /** Those that it had. */
  readonly logs: readonly Log[]
}

/** The log directories of a node: which of them are in use, and in which a new log goes (KIP-112, KIP-858). */
export class LogDirectories {
  readonly all: readonly LogDirectory[]
  readonly #unusable: ReadonlyMap<string, Error>
  #cordoned: readonly string[] = []
  /** Where logs are to begin that are not there yet, by their names. */
  readonly #preferred = new Map<string, LogDirectory>()

  constructor(disk: Disk, options: LogDirectoriesOptions, onFailure: (failure: DirectoryFailure) => void) {
    const { dirs, directoryIds, unusable = new Map() } = options
    this.#unusable = unusable
    this.all = dirs.map((path) => {
      const id = directoryIds?.get(path)
      return new LogDirectory(disk, { path, id }, (error, logs) => onFailure({ path, id, error, logs }))
    })
  }

  get anyFailed(): boolean {
    return this.all.some(({ failed }) => failed)
  }

  get allFailed(): boolean {
    return this.all.every(({ failed }) => failed)
  }

  /** Ids of the directories that are in use. */
  get onlineIds(): Uuid[] {
    return this.all.flatMap(({ failed, id }) => (failed || id === undefined ? [] : [id]))
  }

  /** The one of a path. Throws LOG_DIR_NOT_FOUND, or KAFKA_STORAGE_ERROR when it is out of use. */
  inUse(path: string): LogDirectory {
    const dir = this.all.find((one) => one.path === path)
    if (!dir) throw new KafkaError('LOG_DIR_NOT_FOUND', `Log dir ${path} is not found in the config.`)
    if (dir.failed) throw new KafkaError('KAFKA_STORAGE_ERROR', `Log directory ${path} is offline`)
    return dir
  }

  /** A log of that name, which is not there yet, is to begin in a directory, unless the metadata names another one. */
  prefer(name: string, dir: LogDirectory): void {
    this.#preferred.set(name, dir)
  }

  /** Begins nothing new in these, by their paths (KIP-1066). False when that is so already. */
  cordon(paths: readonly string[]): boolean {
    const before = this.#cordoned
    this.#cordoned = paths
    return before.length !== paths.length || paths.some((path) => !before.includes(path))
  }

  isCordoned(path: string): boolean {
    return this.#cordoned.includes(path)
  }

  /** Ids of those that are in use and cordoned. */
  get cordonedIds(): Uuid[] {
    return this.all.flatMap(({ failed, id, path }) =>
      failed || id === undefined || !this.isCordoned(path) ? [] : [id],
    )
  }

  /** The id of one that is out of use; undefined while none is, or its id could not be read. */
  get lastFailedId(): Uuid | undefined {
    return this.all.findLast(({ failed, id }) => failed && id !== undefined)?.id
  }

  /** Throws when another process has one of them, or none can be used. */
  lock(): void {
    for (const dir of this.all) {
      const error = this.#unusable.get(dir.path)
      if (error) dir.fail(error)
    }
    try {
      for (const dir of this.all) dir.quietly(() => dir.lock())
      if (this.allFailed) throw new KafkaError('KAFKA_STORAGE_ERROR', 'No log directory can be used')
    } catch (error) {
      this.unlock()
      throw error
    }
  }

  unlock(): void {
    for (const dir of this.all) dir.quietly(() => dir.unlock())
  }

  /**
   * Whether a log that was not found may be made anew, by the directory that the metadata names for it. Where one is out of use, the log may lie there: a
   * second one would begin empty (KIP-858).
   */
  mayMake(id: Uuid | undefined): boolean {
    return !this.anyFailed || id === UNASSIGNED || (id !== undefined && this.onlineIds.includes(id))
  }

  /**
   * Where a new log may go, the best place first: the directory of that id, or the one that was asked for, or else the one with the fewest logs. What is placed
   * although all are cordoned goes to the first.
   */
  placesFor(name: string, id: Uuid | undefined): LogDirectory[] {
    const online = this.all.filter(({ failed }) => !failed)
    const preferred = this.#preferred.get(name)
    this.#preferred.delete(name)
    const named = online.find((dir) => id !== undefined && dir.id === id) ?? preferred
    if (named && !named.failed) return [named]
    const open = online.filter(({ path }) => !this.isCordoned(path))
    return open.length > 0 ? open.sort((a, b) => a.logs.size - b.logs.size) : online.slice(0, 1)
  }
}
