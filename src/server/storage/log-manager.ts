import { KafkaError } from '../../protocol/errors.ts'
import { type Runtime, randomUuidHex } from '../../runtime/index.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import { type CleanerSettings, LogCleaner } from './cleaner/log-cleaner.ts'
import { type DirInfo, describeDirectories } from './directory-info.ts'
import { FutureLogs, type KnownOffsets, type Place } from './future-logs.ts'
import { Log, type LogOwner } from './log.ts'
import { type CareIntervals, LogCare } from './log-care.ts'
import type { LogConfig } from './log-config.ts'
import { type DirectoryFailure, LogDirectories, type LogDirectoriesOptions } from './log-directories.ts'
import type { LogDirectory } from './log-directory.ts'
import { type LogResources, makeLogResources } from './log-resources.ts'
import { deletedDir, isDeletedDir, METADATA_TOPIC, parsePartitionDir, partitionDir } from './names.ts'
import { readPartitionMetadata, writePartitionMetadata } from './partition-metadata.ts'
import { isPart, isWithin } from './twin-logs.ts'

export interface LogManagerOptions extends CareIntervals, LogDirectoriesOptions {
  readonly runtime: Runtime
  readonly nodeId: number
  readonly clusterId: string
  configFor(topic: string): LogConfig
  /** The id of a topic by the metadata, for a log whose own note of it did not survive a crash. */
  topicIdOf?(topic: string): Uuid | undefined
  /** The directory of a topic's partition by the metadata; it decides where two directories have a log of one partition. */
  directoryOf?(topic: string, partition: number): Uuid | undefined
  /** A directory is lost for this run, with its logs, which answer KAFKA_STORAGE_ERROR from now on. Called once for each. */
  onDirFailure(failure: DirectoryFailure): void
  log?(line: string): void
  /** Logs are compacted when this is given. */
  cleaner?(): CleanerSettings
  /** Log files that may be open at a time. */
  readonly maxOpenFiles?: number
}

/** Logs that are closed at the same time: each waits for the device. */
const CLOSING = 16

/** All logs of a node: finds them at the start, makes and deletes them, and looks after them while the node runs. */
export class LogManager implements LogOwner {
  readonly #options: LogManagerOptions
  readonly #runtime: Runtime
  readonly directories: LogDirectories
  readonly futures: FutureLogs
  readonly #logs = new Map<string, Log>()
  readonly #dirOf = new Map<Log, LogDirectory>()
  readonly #resources: LogResources
  readonly #care: LogCare
  readonly #cleaner: LogCleaner | undefined

  constructor(options: LogManagerOptions) {
    this.#options = options
    this.#runtime = options.runtime
    this.directories = new LogDirectories(options.runtime.disk, options, (failure) => this.#dirFailed(failure))
    this.#care = new LogCare(options.runtime.clock, this.#dirs, options, (line) => this.#say(line))
    this.#cleaner = options.cleaner && this.#newCleaner(options.cleaner)
    this.#resources = makeLogResources(options.runtime, options.maxOpenFiles)
    this.futures = new FutureLogs({
      runtime: options.runtime,
      dirs: this.#dirs,
      find: (topic, partition) => this.get(topic, partition),
      dirOf: (log) => this.#dirOf.get(log),
      open: (place, known) => this.#open(place, known),
      retire: (dir, log, path) => this.#retire(dir, log, path),
      say: (line) => this.#say(line),
    })
  }

  get #dirs(): readonly LogDirectory[] {
    return this.directories.all
  }

  #newCleaner(settings: () => CleanerSettings): LogCleaner {
    return new LogCleaner({
      clock: this.#runtime.clock,
      dirs: this.#dirs,
      settings,
      // What is taken out of the log would still be in its copy, without what deleted it.
      isLeftOut: (log) => this.futures.of(log) !== undefined,
      applyRetention: () => this.#care.applyRetention((log) => log.config.cleanupPolicy.includes('compact')),
      say: (line) => this.#say(line),
    })
  }

  /** Takes the directories for this process, as `load` does too. Throws when another one has one of them, or none can be used. */
  lock(): void {
    this.directories.lock()
  }

  /** Lets go of the directories as they are, after a start that failed: they do not count as cleanly stopped. */
  unlock(): void {
    this.#care.stop()
    this.directories.unlock()
  }

  /** Opens every log, with recovery where the last run ended without a clean stop. Throws when no directory can be used. */
  load(): void {
    this.lock()
    const live: LogDirectory[] = []
    for (const dir of this.#dirs)
      dir.quietly(() => {
        dir.takeCleanMarker()
        live.push(dir)
      })
    for (const dir of live) dir.quietly(() => this.#loadDir(dir))
    this.futures.load()
    if (this.directories.allFailed) throw new KafkaError('KAFKA_STORAGE_ERROR', 'No log directory can be used')
  }

  #loadDir(dir: LogDirectory): void {
    const { disk, clock } = this.#runtime
    const started = clock.monotonic()
    const recoveryPoints = dir.recoveryPoints.read()
    const logStarts = dir.logStarts.read()
    const highWatermarks = dir.highWatermarks.read()
    const cleaned = dir.cleaned.read()
    for (const [checkpoint, { damaged }] of [
      [dir.recoveryPoints, recoveryPoints],
      [dir.logStarts, logStarts],
      [dir.highWatermarks, highWatermarks],
      [dir.cleaned, cleaned],
    ] as const)
      if (damaged) this.#say(`${checkpoint.path} is damaged and counts as empty`)
    let count = 0
    for (const name of disk.list(dir.path) ?? []) {
      const path = `${dir.path}/${name}`
      if (isDeletedDir(name)) {
        disk.remove(path)
        continue
      }
      const parsed = parsePartitionDir(name)
      if (parsed === undefined || parsed.topic === METADATA_TOPIC || !disk.stat(path)?.isDirectory) continue
      this.#load(
        { dir, path, ...parsed, topicId: this.#topicIdOf(path, parsed.topic) },
        {
          recoveryPoint: recoveryPoints.offsets.get(name) ?? 0,
          logStartOffset: logStarts.offsets.get(name) ?? 0,
          highWatermark: highWatermarks.offsets.get(name),
          cleanedUpTo: cleaned.offsets.get(name),
          clean: dir.clean,
        },
      )
      count++
    }
    const how = dir.clean ? 'after a clean stop' : 'with recovery'
    this.#say(`Loaded ${count} logs from ${dir.path} ${how} in ${Math.round(clock.monotonic() - started)} ms`)
  }

  /** Opens a log that was found. Of two of a partition one is left out: a directory that was out of use comes back with what was deleted or placed elsewhere meanwhile. */
  #load(place: Place, known: KnownOffsets): void {
    const twin = this.get(place.topic, place.partition)
    if (!twin) return void this.#add(place, known)
    const twinDir = this.#dirOf.get(twin) as LogDirectory
    const isTwinKept = isPart(this.#options, twin, twinDir, place)
    if (!isTwinKept && !isPart(this.#options, place, place.dir, twin))
      throw new Error(`${place.path} and ${twin.dir} hold the same partition`)
    const found = this.#open(place, known)
    if (isTwinKept) this.#leaveOut(found, twin)
    else {
      this.#leaveOut(twin, found)
      this.#register(found, place.dir, known)
    }
  }

  /** A stray log is deleted, and one that has nothing more than the other, as a move may leave it behind; what is neither is for somebody to look at. */
  #leaveOut(log: Log, kept: Log): void {
    const dir = this.#dirOf.get(log) as LogDirectory
    const isUseless = log.topicId !== kept.topicId || isWithin(log, kept)
    this.#say(`${isUseless ? 'Deleting' : 'Left out'} ${log.dir}: ${kept.dir} has the partition's records`)
    this.#leave(log)
    if (isUseless) this.#retire(dir, log, log.dir)
  }

  #leave(log: Log): void {
    log.abandon()
    this.futures.leave(log)
    this.#forget(log)
  }

  /**
   * Makes durable what a crash left to the operating system, where records are to be durable before they are acted upon (`flush.messages`):
   * nobody has told of them, but from now on they are read, and a producer's retry finds them.
   */
  async flushRecovered(): Promise<void> {
    const left = [...this.#logs.values()].filter(
      (log) => Number.isFinite(log.config.flushMessages) && log.recoveryPoint < log.logEndOffset,
    )
    // A directory that fails has been noted as that.
    await Promise.allSettled(left.map((log) => log.flush()))
  }

  #topicIdOf(path: string, topic: string): Uuid {
    const { disk } = this.#runtime
    const noted = readPartitionMetadata(disk, path)
    if (noted !== undefined) return noted
    const known = this.#options.topicIdOf?.(topic)
    if (known !== undefined) writePartitionMetadata(disk, path, known)
    return known ?? ZERO_UUID
  }

  #add(place: Place, known: KnownOffsets): Log {
    const log = this.#open(place, known)
    this.#register(log, place.dir, known)
    return log
  }

  #register(log: Log, dir: LogDirectory, { cleanedUpTo }: KnownOffsets): void {
    this.#logs.set(log.name, log)
    if (cleanedUpTo !== undefined) dir.cleanedUpTo.set(log.name, cleanedUpTo)
    dir.logs.add(log)
  }

  #open({ dir, path, topic, partition, topicId }: Place, known: KnownOffsets): Log {
    const log = Log.open({
      ...{ runtime: this.#runtime, dir: path, topic, partition, topicId },
      ...{ config: this.#options.configFor(topic), owner: this, resources: this.#resources },
      ...known,
    })
    if (log.truncatedBytes > 0) this.#say(`Cut ${log.truncatedBytes} damaged bytes off ${path}`)
    this.#dirOf.set(log, dir)
    return log
  }

  get(topic: string, partition: number): Log | undefined {
    return this.#logs.get(partitionDir(topic, partition))
  }

  /** The id of the directory that holds a log; undefined when it has none, or there is no such log. */
  directoryIdOf(topic: string, partition: number): Uuid | undefined {
    const log = this.get(topic, partition)
    return log && this.#dirOf.get(log)?.id
  }

  /**
   * Opens a new log in the directory that the metadata names, or else in the one with the fewest. Throws INCONSISTENT_TOPIC_ID when there is one of
   * another topic of that name, KAFKA_STORAGE_ERROR when it may lie in a directory that is out of use, or the disk fails.
   */
  getOrCreate(topic: string, partition: number, topicId: Uuid, directoryId?: Uuid): Log {
    const existing = this.get(topic, partition)
    if (existing !== undefined) {
      if (existing.topicId === topicId) return existing
      throw new KafkaError('INCONSISTENT_TOPIC_ID', `${existing.name} has topic id ${existing.topicId}, not ${topicId}`)
    }
    if (!this.directories.mayMake(directoryId) || this.futures.isAbandoned(topic, partition))
      throw new KafkaError('KAFKA_STORAGE_ERROR', `${topic}-${partition} may lie in a log directory that is out of use`)
    const name = partitionDir(topic, partition)
    for (const dir of this.directories.placesFor(name, directoryId)) {
      const path = `${dir.path}/${name}`
      // Where there is no room for a folder, nothing is left behind, and another directory can take the log.
      dir.quietly(() => this.#runtime.disk.mkdir(path))
      if (dir.failed) continue
      return dir.attempt(() => {
        writePartitionMetadata(this.#runtime.disk, path, topicId)
        return this.#add({ dir, path, topic, partition, topicId }, { recoveryPoint: 0, logStartOffset: 0, clean: true })
      })
    }
    throw new KafkaError('KAFKA_STORAGE_ERROR', 'No log directory can be used')
  }

  /** Takes a log away at once; its files go after `file.delete.delay.ms`. Nothing happens when there is none. */
  delete(topic: string, partition: number): void {
    const log = this.get(topic, partition)
    const dir = log && this.#dirOf.get(log)
    if (log === undefined || dir === undefined) return
    this.futures.drop(log)
    this.#leave(log)
    dir.quietly(() => dir.forgetCleaned(log.name))
    this.#retire(dir, log, log.dir)
  }

  #retire(dir: LogDirectory, log: Log, folder: string): void {
    const { disk, random } = this.#runtime
    const unique = randomUuidHex(random).replaceAll('-', '')
    const path = `${dir.path}/${deletedDir(log.topic, log.partition, unique)}`
    // Where that fails the directory is out of use, and the log is found to be a stray one at the next start.
    dir.quietly(() => {
      disk.rename(folder, path)
      disk.syncDir(dir.path)
    })
    this.#care.after(path, log.config.fileDeleteDelayMs, () => dir.quietly(() => disk.remove(path)))
  }

  /** The copy of a log in another directory takes its place; see `FutureLogs.promote`. False when that has to wait for the cleaner. */
  promote(log: Log): boolean {
    const source = this.#dirOf.get(log)
    const destination = this.futures.destinationOf(log)
    if (!source || !destination || this.#cleaner?.isCleaning(log)) return false
    this.futures.promote(log, source)
    this.#dirOf.set(log, destination)
    return true
  }

  #forget(log: Log): void {
    if (this.#logs.get(log.name) === log) this.#logs.delete(log.name)
    this.#dirOf.get(log)?.logs.delete(log)
    this.#dirOf.delete(log)
  }

  all(): Iterable<Log> {
    return this.#logs.values()
  }

  /** Path of the directory that holds a log. */
  dirOf(log: Log): string | undefined {
    return this.#dirOf.get(log)?.path
  }

  dirInfo(): DirInfo[] {
    return describeDirectories(this.directories, ({ topic, partition }) => this.get(topic, partition))
  }

  /** Finds out about `cleanStop` before the logs are loaded. */
  readCleanStop(): void {
    for (const dir of this.#dirs) dir.quietly(() => dir.readCleanMarker())
  }

  /** Whether every directory was left by a clean stop, and the broker epoch that it noted (KIP-966), -1 without one. */
  get cleanStop(): { clean: boolean; brokerEpoch: number } {
    const clean = this.#dirs.every((dir) => dir.clean && !dir.failed)
    return { clean, brokerEpoch: clean ? Math.min(...this.#dirs.map((dir) => dir.cleanBrokerEpoch)) : -1 }
  }

  /** Begins the recurring work. */
  start(): void {
    this.#care.start()
    if (this.#options.cleaner?.().enabled) this.#cleaner?.start()
  }

  /** Makes recovery points, log starts and high watermarks durable. */
  checkpoint(): void {
    for (const dir of this.#dirs) dir.quietly(() => dir.checkpoint())
  }

  /** Flushes and closes every log, then notes the clean stop. `brokerEpoch` goes into the marker (KIP-966). */
  async shutdown(brokerEpoch = -1): Promise<void> {
    this.#care.stop()
    await this.#cleaner?.stop()
    const waiting = this.#dirs.flatMap(({ logs, futures }) => [...logs, ...futures])
    const closeNext = async (): Promise<void> => {
      for (let log = waiting.pop(); log !== undefined; log = waiting.pop()) {
        const dir = this.#dirOf.get(log)
        // What is not flushed must not be called a clean stop.
        await log.close().catch((error: unknown) => dir?.fail(error as Error))
      }
    }
    await Promise.all(Array.from({ length: CLOSING }, closeNext))
    this.checkpoint()
    for (const dir of this.#dirs) dir.quietly(() => dir.writeCleanMarker(brokerEpoch))
    this.directories.unlock()
  }

  persistLogStart(log: Log): void {
    this.#dirOf.get(log)?.writeLogStarts()
  }

  persistRecoveryPoint(log: Log): void {
    this.#dirOf.get(log)?.writeRecoveryPoints()
  }

  onFailure(log: Log, error: Error): void {
    this.#dirOf.get(log)?.fail(error)
  }

  #dirFailed(failure: DirectoryFailure): void {
    this.#say(`Stopped using ${failure.path}: ${failure.error.message}`)
    this.futures.directoryFailed(failure.path)
    for (const log of failure.logs) {
      this.futures.leave(log)
      this.#forget(log)
    }
    this.#options.onDirFailure(failure)
  }

  #say(line: string): void {
    this.#options.log?.(line)
  }
}
