import type { BrokerConfig } from '../../config/broker.ts'
import { ControllerRegistration } from '../../protocol/apis/index.ts'
import { describeError, Errors } from '../../protocol/errors.ts'
import { type Runtime, randomUuid, type Timer } from '../../runtime/index.ts'
import { supportedRanges } from '../controller/brokers.ts'
import { holdsControllers, registeredControllers } from '../controller/controller-registration.ts'
import type { Endpoint, MetadataImage } from '../metadata/image.ts'
import type { ControllerChannel } from './controller-channel.ts'

export interface ControllerRegistrarOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  readonly channel: ControllerChannel
  /** Where other nodes reach this controller. */
  readonly endpoints: readonly Endpoint[]
  image(): MetadataImage
  log(line: string): void
}

/** How long an attempt may take, and the pause until the next one; milliseconds. */
const ATTEMPT_MS = 5000
const PAUSE_MS = 1000

/** Sees to it that the metadata says where this controller is, among others, and what it can do (KIP-919). */
export class ControllerRegistrar {
  readonly #options: ControllerRegistrarOptions
  readonly #incarnationId
  #timer: Timer | undefined
  #isSending = false
  #closed = false
  #said = ''

  constructor(options: ControllerRegistrarOptions) {
    this.#options = options
    this.#incarnationId = randomUuid(options.runtime.random)
  }

  /** The metadata has changed. */
  publish(image: MetadataImage): void {
    if (this.#closed || this.#isSending || this.#timer || !this.#isWanted(image)) return
    this.#isSending = true
    void this.#send().finally(() => {
      this.#isSending = false
      // What was answered may not have been read yet, or was not answered at all.
      this.#timer = this.#options.runtime.clock.timer(PAUSE_MS, () => {
        this.#timer = undefined
        this.publish(this.#options.image())
      })
    })
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #isWanted(image: MetadataImage): boolean {
    if (!holdsControllers(image)) return false
    const { nodeId } = this.#options.config
    const known = registeredControllers(image).find(({ controllerId }) => controllerId === nodeId)
    return known?.incarnationId !== this.#incarnationId
  }

  async #send(): Promise<void> {
    const { config, channel, endpoints } = this.#options
    const request = {
      controllerId: config.nodeId,
      incarnationId: this.#incarnationId,
      zkMigrationReady: false,
      listeners: endpoints.map((endpoint) => ({ ...endpoint })),
      features: supportedRanges(),
    }
    try {
      const { errorCode } = await channel.send('registration', ControllerRegistration, request, ATTEMPT_MS)
      if (errorCode !== Errors.NONE) this.#say(describeError(errorCode).sentence)
    } catch (error) {
      if (channel.hasController) this.#say((error as Error).message)
    }
  }

  #say(why: string): void {
    if (this.#closed || why === this.#said) return
    this.#said = why
    this.#options.log(`Controller ${this.#options.config.nodeId} cannot be registered, and tries again: ${why}`)
  }
}
