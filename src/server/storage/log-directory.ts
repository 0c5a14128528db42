import { KafkaError } from '../../protocol/errors.ts'
import type { Disk, DiskSpace, Lock } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import { OffsetCheckpoint, type PartitionOffset } from './checkpoint.ts'
import type { Log } from './log.ts'

const LOCK_FILE = '.lock'
const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown'

/** Files at the top of a log directory: lock, clean-stop marker, checkpoints. */
export class LogDirectory {
  readonly recoveryPoints: OffsetCheckpoint
  readonly logStarts: OffsetCheckpoint
  readonly highWatermarks: OffsetCheckpoint
  readonly cleaned: OffsetCheckpoint
  /** Whether the last run here ended with a clean stop. */
  clean = false
  /** The broker epoch that a clean stop noted (KIP-966), -1 without one. */
  cleanBrokerEpoch = -1
  readonly logs = new Set<Log>()
  /** Copies of logs of other directories, which are to take their places (KIP-113). */
  readonly futures = new Set<Log>()
  /** By the name of a log: everything below is clean. */
  readonly cleanedUpTo = new Map<string, number>()
  readonly path: string
  /** As `meta.properties` has it (KIP-858); undefined when it is not known. */
  readonly id: Uuid | undefined
  #lock: Lock | undefined
  #failed = false

  constructor(
    private readonly disk: Disk,
    { path, id }: { readonly path: string; readonly id?: Uuid | undefined },
    private readonly onFailure: (error: Error, logs: readonly Log[]) => void,
  ) {
    this.path = path
    this.id = id
    this.recoveryPoints = new OffsetCheckpoint(disk, `${path}/recovery-point-offset-checkpoint`)
    this.logStarts = new OffsetCheckpoint(disk, `${path}/log-start-offset-checkpoint`)
    this.highWatermarks = new OffsetCheckpoint(disk, `${path}/replication-offset-checkpoint`)
    this.cleaned = new OffsetCheckpoint(disk, `${path}/cleaner-offset-checkpoint`)
  }

  /** Makes it when it is missing. Throws when another process has it. */
  lock(): void {
    if (this.#lock !== undefined) return
    this.disk.mkdir(this.path)
    this.#lock = this.disk.lock(`${this.path}/${LOCK_FILE}`)
    if (this.#lock === undefined)
      throw new Error(
        `Failed to acquire lock on file ${LOCK_FILE} in ${this.path}. A Kafka instance in another process or thread is using this directory.`,
      )
  }

  /** Looks whether the last run ended with a clean stop. */
  readCleanMarker(): void {
    const marker = this.disk.readFile(`${this.path}/${CLEAN_SHUTDOWN_FILE}`)
    this.clean = marker !== undefined
    if (marker !== undefined) this.cleanBrokerEpoch = brokerEpochOf(marker)
  }

  /** Takes the marker of a clean stop away, before anything else is read: a crash from now on must not find it. */
  takeCleanMarker(): void {
    this.readCleanMarker()
    if (!this.clean) return
    this.disk.remove(`${this.path}/${CLEAN_SHUTDOWN_FILE}`)
    this.disk.syncDir(this.path)
  }

  get space(): DiskSpace | undefined {
    return this.#failed ? undefined : this.disk.space(this.path)
  }

  /** Out of use for this run. */
  get failed(): boolean {
    return this.#failed
  }

  /** Takes the directory out of use, with its logs: what is in their files is not known any more, and no call is tried again. */
  fail(error: Error): void {
    if (this.#failed) return
    this.#failed = true
    const logs = [...this.logs]
    const futures = [...this.futures]
    this.logs.clear()
    this.futures.clear()
    this.cleanedUpTo.clear()
    for (const log of [...logs, ...futures]) log.fail(error)
    try {
      this.unlock()
    } catch {
      // It is out of use as it is.
    }
    this.onFailure(error, logs)
  }

  /** Runs disk work; an error of the system takes the directory out of use and is thrown as KAFKA_STORAGE_ERROR. */
  attempt<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.#explain(error)
    }
  }

  /** The same where nobody waits for the outcome. Nothing is done in a directory that is out of use. */
  quietly(work: () => void): void {
    if (this.#failed) return
    try {
      this.attempt(work)
    } catch (error) {
      if (!this.#failed) throw error
    }
  }

  async quietlyLater(work: () => Promise<void>): Promise<void> {
    if (this.#failed) return
    try {
      await work()
    } catch (error) {
      const explained = this.#explain(error)
      if (!this.#failed) throw explained
    }
  }

  #explain(error: unknown): unknown {
    if (error instanceof KafkaError || typeof (error as NodeJS.ErrnoException).code !== 'string') return error
    this.fail(error as Error)
    return new KafkaError('KAFKA_STORAGE_ERROR', `Disk error in ${this.path}: ${(error as Error).message}`, {
      cause: error,
    })
  }

  /** Out of use it has no logs any more, and would forget what it knew of them. */
  #mustBeInUse(): void {
    if (this.#failed) throw new KafkaError('KAFKA_STORAGE_ERROR', `Log directory ${this.path} is out of use`)
  }

  /** Durable when it returns. */
  writeRecoveryPoints(): void {
    this.#mustBeInUse()
    this.recoveryPoints.write(this.#offsets((log) => log.recoveryPoint))
  }

  /** Durable when it returns. */
  writeLogStarts(): void {
    this.#mustBeInUse()
    this.logStarts.write(this.#moved())
  }

  /** Durable when it returns. */
  writeHighWatermarks(): void {
    this.#mustBeInUse()
    this.highWatermarks.write(this.#offsets((log) => log.highWatermark))
  }

  /** Recovery points, log starts and high watermarks. Durable when it returns. */
  checkpoint(): void {
    this.writeRecoveryPoints()
    this.writeLogStarts()
    this.writeHighWatermarks()
  }

  /** The same without holding up the loop: an older recovery point or log start is safe, it only costs work after a crash. */
  async writeFlushedLater(): Promise<void> {
    await this.recoveryPoints.writeLater(this.#offsets((log) => log.recoveryPoint))
    this.#mustBeInUse()
    await this.logStarts.writeLater(this.#moved())
  }

  async writeHighWatermarksLater(): Promise<void> {
    await this.highWatermarks.writeLater(this.#offsets((log) => log.highWatermark))
  }

  /** Durable when it resolves. */
  async writeCleanedLater(): Promise<void> {
    this.#mustBeInUse()
    await this.cleaned.writeLater(this.#cleaned())
    await this.disk.syncDirLater(this.path)
  }

  /** A log is gone: another one of its name begins anew. */
  forgetCleaned(name: string): void {
    this.#mustBeInUse()
    if (this.cleanedUpTo.delete(name)) this.cleaned.write(this.#cleaned())
  }

  /** A log has come here from another directory. */
  takeOver(log: Log, source: LogDirectory): void {
    source.logs.delete(log)
    this.logs.add(log)
    const cleanedUpTo = source.cleanedUpTo.get(log.name)
    if (cleanedUpTo === undefined) return
    this.cleanedUpTo.set(log.name, cleanedUpTo)
    this.quietly(() => this.cleaned.write(this.#cleaned()))
    source.quietly(() => source.forgetCleaned(log.name))
  }

  #cleaned(): PartitionOffset[] {
    return this.#offsets((log) => this.cleanedUpTo.get(log.name) ?? -1).filter(({ offset }) => offset >= 0)
  }

  #offsets(offset: (log: Log) => number): PartitionOffset[] {
    return [...this.logs, ...this.futures].map((log) => ({
      topic: log.topic,
      partition: log.partition,
      offset: offset(log),
    }))
  }

  /** Logs that begin at 0 need no entry. */
  #moved(): PartitionOffset[] {
    return this.#offsets((log) => log.logStartOffset).filter(({ offset }) => offset > 0)
  }

  writeCleanMarker(brokerEpoch: number): void {
    this.disk.replaceFile(`${this.path}/${CLEAN_SHUTDOWN_FILE}`, JSON.stringify({ version: 0, brokerEpoch }))
  }

  unlock(): void {
    this.#lock?.release()
    this.#lock = undefined
  }
}

function brokerEpochOf(marker: Buffer): number {
  try {
    const { brokerEpoch } = JSON.parse(marker.toString('utf8')) as { brokerEpoch?: unknown }
    return typeof brokerEpoch === 'number' ? brokerEpoch : -1
  } catch {
    return -1
  }
}
