import { type Runtime, randomUuidHex } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { Log } from './log.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogSettings } from './log-types.ts'
import { futureDir, parseFutureDir, partitionDir } from './names.ts'
import { readPartitionMetadata, writePartitionMetadata } from './partition-metadata.ts'

/** What is known of a log before its files are looked at. */
export type KnownOffsets = Pick<
  LogSettings,
  'recoveryPoint' | 'logStartOffset' | 'highWatermark' | 'cleanedUpTo' | 'clean'
>

export interface Place {
  readonly dir: LogDirectory
  /** Of the log's folder. */
  readonly path: string
  readonly topic: string
  readonly partition: number
  readonly topicId: Uuid
}

export interface FutureLogsOptions {
  readonly runtime: Runtime
  readonly dirs: readonly LogDirectory[]
  find(topic: string, partition: number): Log | undefined
  dirOf(log: Log): LogDirectory | undefined
  /** Opens a log that is no part of the node's logs. */
  open(place: Place, known: KnownOffsets): Log
  /** Takes a folder of a partition out of its directory; its files go later. */
  retire(dir: LogDirectory, log: Log, path: string): void
  say(line: string): void
}

interface Future {
  readonly log: Log
  readonly dir: LogDirectory
}

/** Copies of logs in other directories of this node, which are to take their places: one of a log at most (KIP-113). */
export class FutureLogs {
  readonly #futures = new Map<Log, Future>()
  /** Names of partitions whose log may lie in a directory that is out of use, while its copy is here. */
  readonly #abandoned = new Set<string>()

  constructor(private readonly options: FutureLogsOptions) {}

  of(log: Log): Log | undefined {
    return this.#futures.get(log)?.log
  }

  /** Where a log is going. */
  destinationOf(log: Log): LogDirectory | undefined {
    return this.#futures.get(log)?.dir
  }

  /** Whether the copy is all that is left here of a partition: it may lack the newest records, and must not stand for the log. */
  isAbandoned(topic: string, partition: number): boolean {
    return this.#abandoned.has(partitionDir(topic, partition))
  }

  /** Finds those of an earlier run, once the logs are open. */
  load(): void {
    for (const dir of this.options.dirs)
      dir.quietly(() => {
        const found = (this.options.runtime.disk.list(dir.path) ?? []).flatMap((name) => {
          const parsed = parseFutureDir(name)
          return parsed ? [{ ...parsed, dir, path: `${dir.path}/${name}` }] : []
        })
        if (found.length === 0) return
        const recoveryPoints = dir.recoveryPoints.read().offsets
        const logStarts = dir.logStarts.read().offsets
        for (const one of found) {
          const name = partitionDir(one.topic, one.partition)
          const [recoveryPoint = 0, logStartOffset = 0] = [recoveryPoints.get(name), logStarts.get(name)]
          this.#resume(one, { recoveryPoint, logStartOffset, clean: dir.clean })
        }
      })
  }

  #resume(found: Omit<Place, 'topicId'>, known: KnownOffsets): void {
    const { dirs, runtime, find, dirOf, say } = this.options
    const { dir, path, topic, partition } = found
    const topicId = readPartitionMetadata(runtime.disk, path)
    const log = find(topic, partition)
    if (log === undefined) {
      if (dirs.some(({ failed }) => failed)) this.#abandoned.add(partitionDir(topic, partition))
      return say(`Left out ${path}: the log that it is a copy of is not there`)
    }
    if (topicId !== log.topicId || dirOf(log) === dir || this.#futures.has(log)) return runtime.disk.remove(path)
    this.#open(log, { ...found, topicId }, known)
  }

  #open(log: Log, place: Place, known: KnownOffsets): Log {
    const future = this.options.open(place, known)
    place.dir.futures.add(future)
    this.#futures.set(log, { log: future, dir: place.dir })
    return future
  }

  /** Makes an empty one. Throws KAFKA_STORAGE_ERROR when the disk fails. */
  begin(log: Log, dir: LogDirectory): Log {
    const { topic, partition, topicId, logStartOffset } = log
    const { disk, random } = this.options.runtime
    const name = futureDir(topic, partition, randomUuidHex(random).replaceAll('-', ''))
    const path = `${dir.path}/${name}`
    return dir.attempt(() => {
      disk.mkdir(path)
      writePartitionMetadata(disk, path, topicId)
      return this.#open(
        log,
        { dir, path, topic, partition, topicId },
        { recoveryPoint: 0, logStartOffset, clean: true },
      )
    })
  }

  /** Takes the copy of a log away, if there is one. */
  drop(log: Log): void {
    const future = this.#forget(log)
    if (!future) return
    future.log.abandon()
    this.options.retire(future.dir, log, future.log.dir)
  }

  /** Its files stay, for a start that finds both directories. */
  leave(log: Log): void {
    this.#forget(log)?.log.abandon()
  }

  #forget(log: Log): Future | undefined {
    const future = this.#futures.get(log)
    this.#futures.delete(log)
    future?.dir.futures.delete(future.log)
    return future
  }

  /** Logs whose copies were in a directory that is out of use: they stay where they are. */
  directoryFailed(path: string): void {
    for (const [log, { dir }] of this.#futures) if (dir.path === path) this.#futures.delete(log)
  }

  /**
   * The copy takes the place of the log, whose readers and writers notice nothing. Both have to end at the same offset, and what is durable of the log has to be
   * that of the copy. Throws KAFKA_STORAGE_ERROR when the new directory fails; then the log goes on where it was.
   */
  promote(log: Log, source: LogDirectory): void {
    const { dir, log: future } = this.#futures.get(log) as Future
    const { disk } = this.options.runtime
    const path = `${dir.path}/${partitionDir(log.topic, log.partition)}`
    const old = log.dir
    dir.attempt(() => {
      future.advanceHighWatermark(log.highWatermark)
      // A crash must find these as soon as the folder has the log's name.
      dir.checkpoint()
      const { recoveryPoint } = future
      future.closeAsWritten()
      disk.rename(future.dir, path)
      disk.syncDir(dir.path)
      this.#move(log, path, recoveryPoint)
    })
    this.#forget(log)
    dir.takeOver(log, source)
    this.options.retire(source, log, old)
  }

  #move(log: Log, path: string, recoveryPoint: number): void {
    try {
      log.moveTo(path, recoveryPoint)
    } catch (error) {
      // A start must not find two.
      this.options.runtime.disk.remove(path)
      throw error
    }
  }
}
