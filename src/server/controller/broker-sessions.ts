import type { Clock } from '../../runtime/index.ts'
import type { MetadataImage } from '../metadata/image.ts'

interface Session {
  readonly epoch: number
  /** Monotonic time of the last heartbeat. */
  readonly heardAt: number
  /** Offset of the last record that the broker has applied. */
  readonly metadataOffset: number
  /** What the others must have applied before it stops; undefined while it does not want to. */
  readonly shutdownOffset: number | undefined
}

/**
 * When each broker was last heard of, and how far it is with the metadata: known to the active controller alone, and gone with it. The broker in
 * the controller's own process needs no session: it lives as long as the controller does.
 */
export class BrokerSessions {
  readonly #sessions = new Map<number, Session>()

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly ownId: number,
    private readonly timeoutMs: number,
  ) {}

  /** A controller that begins gives everybody a whole session but one that is gone: it cannot know for how long they have been silent. */
  begin({ brokers }: MetadataImage, gone = -1): void {
    for (const { id, epoch, fenced } of brokers.values()) if (!fenced && id !== gone) this.touch(id, epoch, -1)
  }

  touch(id: number, epoch: number, metadataOffset: number): void {
    if (id === this.ownId) return
    const before = this.#sessions.get(id)
    const isSame = before?.epoch === epoch
    this.#sessions.set(id, {
      epoch,
      heardAt: this.clock.monotonic(),
      metadataOffset: Math.max(metadataOffset, isSame ? before.metadataOffset : -1),
      shutdownOffset: isSame ? before.shutdownOffset : undefined,
    })
  }

  /** A broker wants to stop, which the others know once they have applied the record at this offset. */
  beginShutdown(id: number, epoch: number, offset: number): void {
    const own = { epoch, heardAt: this.clock.monotonic(), metadataOffset: offset, shutdownOffset: undefined }
    const session = this.#sessions.get(id) ?? (id === this.ownId ? own : undefined)
    if (session?.epoch === epoch && session.shutdownOffset === undefined)
      this.#sessions.set(id, { ...session, shutdownOffset: offset })
  }

  isAlive(id: number, epoch: number): boolean {
    if (id === this.ownId) return true
    const session = this.#sessions.get(id)
    return session?.epoch === epoch && this.clock.monotonic() - session.heardAt <= this.timeoutMs
  }

  /** Offset up to which every broker that serves has applied the metadata. */
  lowestOffset({ brokers }: MetadataImage): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const { id, fenced, inControlledShutdown } of brokers.values())
      if (!fenced && !inControlledShutdown && id !== this.ownId)
        lowest = Math.min(lowest, this.#sessions.get(id)?.metadataOffset ?? -1)
    return lowest
  }

  shutdownOffset(id: number): number | undefined {
    return this.#sessions.get(id)?.shutdownOffset
  }

  /** Brokers that serve, as far as is written down, and have been silent for too long. */
  silent({ brokers }: MetadataImage): number[] {
    return [...brokers.values()]
      .filter(({ id, epoch, fenced }) => !fenced && !this.isAlive(id, epoch))
      .map(({ id }) => id)
  }

  /** Milliseconds until the first session could end. */
  get untilFirstEnd(): number {
    const now = this.clock.monotonic()
    let first = now + this.timeoutMs
    // One that has ended was dealt with.
    for (const { heardAt } of this.#sessions.values())
      if (heardAt + this.timeoutMs >= now) first = Math.min(first, heardAt + this.timeoutMs)
    return first - now
  }
}
