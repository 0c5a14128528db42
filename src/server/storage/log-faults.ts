import { KafkaError } from '../../protocol/errors.ts'

export interface LogFaultsOptions {
  readonly name: string
  dir(): string
  /** The disk failed, for the first time. */
  onFailure(error: Error): void
}

/** Whether a log may be used, and what those hear who use it when it may not. */
export class LogFaults {
  #failure: Error | undefined
  #closed = false

  constructor(private readonly options: LogFaultsOptions) {}

  get failed(): boolean {
    return this.#failure !== undefined
  }

  get isClosed(): boolean {
    return this.#closed
  }

  get isOpen(): boolean {
    return !this.failed && !this.#closed
  }

  /** Nothing is read or written any more, for this reason. */
  set(error: Error): void {
    this.#failure ??= error
  }

  close(): void {
    this.#closed = true
  }

  /** Throws KAFKA_STORAGE_ERROR. */
  check(): void {
    if (this.#failure !== undefined) throw this.#storageError(this.#failure)
  }

  /** Runs what reads or writes. Throws `KafkaError` for a log that is closed, damaged, or on a disk that fails. */
  guarded<T>(action: () => T): T {
    this.check()
    if (this.#closed) throw new KafkaError('NOT_LEADER_OR_FOLLOWER', `The log of ${this.options.name} is closed`)
    try {
      return action()
    } catch (error) {
      if (error instanceof DamagedLog) throw new KafkaError('CORRUPT_MESSAGE', error.message, { cause: error })
      throw isSystemError(error) ? this.explain(error) : error
    }
  }

  /** Notes an error of the disk, and gives the one to throw. After that nothing is tried again: what is in the files is not known any more. */
  explain(error: Error): KafkaError {
    // Whoever closed the log may have moved its files away under a flush.
    if (this.isOpen) {
      this.#failure = error
      this.options.onFailure(error)
    }
    return this.#storageError(error)
  }

  #storageError(cause: Error): KafkaError {
    const { name, dir } = this.options
    return new KafkaError('KAFKA_STORAGE_ERROR', `Disk error on ${name} in ${dir()}: ${cause.message}`, { cause })
  }
}

export const isSystemError = (error: unknown): error is Error =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'

/** Thrown by reads that meet something which is no batch, where the log says that there is one. */
export class DamagedLog extends Error {
  override name = 'DamagedLog'
}
