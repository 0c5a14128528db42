import type { ConnectorConfig } from '../connector.ts'
import { type Converters, convertersOf } from './conversion.ts'
import { type Environment, type Log, sentenceOf, traceOf } from './environment.ts'
import { ErrorHandling } from './error-handling.ts'
import { Retries } from './retries.ts'
import { TransformationChain } from './transformation-chain.ts'

export type TaskState = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'FAILED' | 'RESTARTING'

/** Which task it is, and what it has around it. */
export interface TaskPlace {
  readonly connector: string
  readonly id: number
  readonly config: ConnectorConfig
  readonly environment: Environment
  readonly paused: boolean
  /** Told of each topic that is read or written. */
  onTopic(topic: string): void
  /** Told when it is in another state. */
  onState?(task: Task): void
}

/** A task at work: how it stands, and its switches. What it does is `work`. */
export abstract class Task {
  state: TaskState = 'UNASSIGNED'
  /** Why it failed. */
  trace: string | undefined
  abstract readonly version: string
  readonly connector: string
  readonly id: number
  /** As it is shown: what config providers give is named and not written out. */
  readonly shown: ConnectorConfig
  protected readonly config: ConnectorConfig
  protected readonly environment: Environment
  protected readonly log: Log
  protected readonly errors: ErrorHandling
  protected readonly converters: Converters
  /** There while the task works. */
  protected chain: TransformationChain | undefined
  protected readonly onTopic: (topic: string) => void
  private readonly onState: (task: Task) => void
  protected readonly stopping = new AbortController()
  protected paused: boolean
  protected abandoned = false
  /** Aborted when the task is paused, resumed or stopped. */
  protected switch = new AbortController()
  private finished: Promise<void> | undefined

  /** Throws `ConfigError` for converters that cannot be, and for what a config provider does not give. */
  constructor({ connector, id, config: shown, environment, paused, onTopic, onState }: TaskPlace) {
    this.connector = connector
    this.id = id
    const config = environment.providers.resolve(shown)
    this.shown = shown
    this.config = config
    this.environment = environment
    this.log = environment.log
    this.paused = paused
    this.onTopic = onTopic
    this.onState = onState ?? (() => {})
    this.errors = new ErrorHandling(config, this.name, environment.log)
    this.converters = convertersOf(environment.config, config)
  }

  get name(): string {
    return `${this.connector}-${this.id}`
  }

  /** Begins; the task goes on by itself. */
  begin(): void {
    this.finished = this.run()
  }

  pause(): void {
    this.paused = true
    this.switched()
  }

  resume(): void {
    this.paused = false
    this.switched()
  }

  /** Asks it to end and resolves when it has: what it had is flushed, and its offsets are committed. */
  async stop(): Promise<void> {
    this.stopping.abort()
    this.switched()
    await this.finished
  }

  /** It did not stop in time, and others may do its work by now: what it still does is not to be kept. */
  abandon(): void {
    this.abandoned = true
  }

  /** Returns when it is to stop; throws where it cannot go on. */
  protected abstract work(): Promise<void>

  /** Ends what `work` has begun, whatever it came to; never throws. */
  protected abstract cleanUp(failed: boolean): Promise<void>

  protected get stopped(): boolean {
    return this.stopping.signal.aborted
  }

  /** Says what state it is in, unless it has failed. */
  protected show(): void {
    const state = this.paused ? 'PAUSED' : 'RUNNING'
    if (this.state === 'FAILED' || this.state === state) return
    this.state = state
    this.onState(this)
  }

  /** Resolves when it is paused, resumed or stopped. */
  protected untilSwitched(): Promise<void> {
    const { signal } = this.switch
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }

  private switched(): void {
    const before = this.switch
    this.switch = new AbortController()
    before.abort()
  }

  private async run(): Promise<void> {
    try {
      this.chain = this.openChain()
      await this.work()
      await this.cleanUp(false)
    } catch (error) {
      this.state = 'FAILED'
      this.trace = traceOf(error)
      this.onState(this)
      this.log(
        'ERROR',
        `Task ${this.name} threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted: ${sentenceOf(error)}`,
      )
      await this.cleanUp(true)
    }
    await tryAll(this.log, [[`Closing the transformations of ${this.name}`, () => this.chain?.close()]])
  }

  /** Undefined where nothing is transformed. */
  private openChain(): TransformationChain | undefined {
    const { runtime, stages } = this.environment
    const retries = new Retries(this.config, runtime.clock, runtime.random)
    const chain = TransformationChain.open(this.config, stages(), retries, this.stopping.signal)
    return chain.isEmpty ? undefined : chain
  }
}

/** Runs what has to be tried whatever happens, one after the other, and tells of what fails. */
export async function tryAll(
  log: Log,
  steps: readonly (readonly [what: string, step: () => unknown])[],
): Promise<void> {
  for (const [what, step] of steps) {
    try {
      await step()
    } catch (error) {
      log('WARN', `${what} failed: ${sentenceOf(error)}`)
    }
  }
}
