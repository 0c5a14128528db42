import type { Clock, ListenerTls, Socket, Timer } from '../runtime/index.ts'
import { Callbacks } from '../std/callbacks.ts'
import { type Answer, type FrameHandler, NO_ANSWER, type Peer, Stranger } from './frame-handler.ts'
import { FrameParser, languageOf, OversizedFrame } from './frame-parser.ts'
import { handshakeFault } from './handshake-failure.ts'
import { ANONYMOUS, type Principal } from './principal.ts'
import type { LoginSession } from './sasl/login-session.ts'

/** Above this much unsent, or so much or so many frames unhandled, a connection is not read from. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024
const MAX_QUEUED_FRAMES = 64
const MAX_QUEUED_BYTES = 4 * 1024 * 1024
const MAX_OVERLAP = 64

const PLAIN = ", which takes Kafka's protocol in plain text"

/** What holds for each connection of a listener. */
export interface ConnectionRules {
  /** Of the listener. */
  readonly name: string
  readonly maxFrameBytes: number
  readonly handler: FrameHandler
  /** For listeners with TLS. */
  readonly tls?: ListenerTls | undefined
  /** Who shows a certificate (DER). Throws to have the connection closed. */
  readonly principalOf?: ((certificate: Buffer) => Principal) | undefined
  /** For listeners where clients log in: begins with a connection. */
  newLogin?(): LoginSession
  log?(line: string): void
}

/** Who keeps a connection is told of its end, and of clients that have come to the wrong port. */
export interface ConnectionOwner {
  onGone(): void
  onStranger(fault: string, why?: string): void
}

function allSent(answers: readonly Answer[]): void {
  for (const answer of answers) answer.sent?.()
}

interface Slot {
  answer: Answer | typeof NO_ANSWER | undefined
}

/**
 * One client: its bytes become frames, frames are handled as far as they may overlap, and answers leave in the order of the requests. A
 * client that does not read, or sends faster than it is served, is not read from.
 */
export class ServerConnection implements Peer {
  readonly listener: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  closed = false
  readonly login: LoginSession | undefined
  private byCertificate = ANONYMOUS
  lastActive: number
  private readonly parser: FrameParser
  private readonly frames: Buffer[] = []
  /** One per request at work or behind one, in order; the first ones that are answered leave. */
  private readonly slots: Slot[] = []
  /** The request at work must end before another begins. */
  private exclusive = false
  private paused = false
  /** Until when no further request begins, on the monotonic clock. */
  private mutedUntil = 0
  private unmute: Timer | undefined
  /** The last answer was sent. */
  private ending = false
  private working = false
  private readonly closeCallbacks = new Callbacks()
  /** Bytes of the frames that wait for their turn. */
  private queuedBytes = 0
  /** Answers of the requests that are being handled in this turn. */
  private leaving: Answer[] = []

  constructor(
    readonly id: string,
    private readonly socket: Socket,
    private readonly options: ConnectionRules,
    private readonly clock: Clock,
    private readonly owner: ConnectionOwner,
  ) {
    this.listener = options.name
    this.remoteAddress = socket.remoteAddress
    this.remotePort = socket.remotePort
    this.localAddress = socket.localAddress
    this.localPort = socket.localPort
    this.login = options.newLogin?.()
    this.lastActive = clock.monotonic()
    const queue = (frame: Buffer) => {
      this.frames.push(frame)
      this.queuedBytes += frame.length
    }
    this.parser = new FrameParser(options.maxFrameBytes, queue, { views: true })
    socket.handle({
      onData: (chunk) => this.receive(chunk),
      onDrain: () => this.work(),
      onSecured: (certificate) => this.secured(certificate),
      onClose: (error) => {
        const fault = error && options.tls && handshakeFault(error)
        if (fault) this.owner.onStranger(fault)
        this.closed = true
        this.unmute?.cancel()
        this.frames.length = 0
        for (const { answer } of this.slots.splice(0)) if (answer && answer !== NO_ANSWER) answer.sent?.()
        allSent(this.leaving.splice(0))
        this.owner.onGone()
        this.closeCallbacks.callAll()
      },
    })
  }

  get principal(): Principal {
    return this.login?.principal ?? this.byCertificate
  }

  onClosed(callback: () => void): () => void {
    return this.closeCallbacks.add(callback)
  }

  mute(ms: number): void {
    const until = this.clock.monotonic() + ms
    if (ms <= 0 || until <= this.mutedUntil || this.closed) return
    this.mutedUntil = until
    this.unmute?.cancel()
    this.unmute = this.clock.timer(ms, () => {
      this.unmute = undefined
      // Silence that was asked for is no idleness.
      this.lastActive = this.clock.monotonic()
      this.work()
    })
  }

  destroy(): void {
    this.socket.destroy()
  }

  private secured(certificate: Buffer | undefined): void {
    this.lastActive = this.clock.monotonic()
    try {
      if (certificate && this.options.principalOf) this.byCertificate = this.options.principalOf(certificate)
    } catch (error) {
      this.fail(error)
    }
  }

  private receive(chunk: Buffer): void {
    if (this.ending) return
    this.lastActive = this.clock.monotonic()
    try {
      // Nobody sends much before it is known who it is.
      if (this.login) this.parser.limit = this.login.isOpen ? this.options.maxFrameBytes : this.login.maxReceiveBytes
      this.parser.push(chunk)
    } catch (error) {
      // HTTP, TLS or noise on this port: there is no frame to answer.
      const language = error instanceof OversizedFrame ? languageOf(error.size) : undefined
      if (language && !this.options.tls) this.owner.onStranger(`speaks ${language.toUpperCase()} to`, PLAIN)
      this.destroy()
      return
    }
    this.work()
    for (let i = 0; i < this.frames.length; i++) {
      const frame = this.frames[i] as Buffer
      if (this.parser.isView(frame, chunk)) this.frames[i] = Buffer.from(frame)
    }
    this.parser.recall()
  }

  private work(): void {
    if (this.working) return
    this.working = true
    try {
      while (this.frames.length > 0 && !this.closed && !this.ending && this.mayBegin(this.frames[0] as Buffer)) {
        const frame = this.frames.shift() as Buffer
        this.queuedBytes -= frame.length
        const overlaps = this.options.handler.overlaps(frame)
        // A request sees what those before it have done.
        if (!overlaps) this.flush()
        this.begin(overlaps ? frame : Buffer.from(frame))
      }
      this.flush()
    } finally {
      this.working = false
    }
    const full = this.frames.length >= MAX_QUEUED_FRAMES || this.queuedBytes > MAX_QUEUED_BYTES
    this.setPaused(full || this.unmute !== undefined || this.socket.pending > MAX_PENDING_BYTES)
  }

  private mayBegin(frame: Buffer): boolean {
    if (this.unmute !== undefined || this.socket.pending > MAX_PENDING_BYTES) return false
    if (this.slots.length === 0) return true
    return !this.exclusive && this.slots.length < MAX_OVERLAP && this.options.handler.overlaps(frame)
  }

  private setPaused(paused: boolean): void {
    if (paused === this.paused || this.closed) return
    this.paused = paused
    if (paused) this.socket.pause()
    else this.socket.resume()
  }

  private begin(frame: Buffer): void {
    try {
      const answer = this.options.handler.handle(frame, this)
      if (answer instanceof Promise) {
        const slot: Slot = { answer: undefined }
        this.slots.push(slot)
        this.exclusive = !this.options.handler.overlaps(frame)
        answer.then(
          (given) => this.settle(slot, given),
          (error: unknown) => this.fail(error),
        )
      } else if (this.slots.length > 0) this.slots.push({ answer })
      else if (answer !== NO_ANSWER) this.leaving.push(answer)
    } catch (error) {
      this.fail(error)
    }
  }

  private settle(slot: Slot, answer: Answer | typeof NO_ANSWER): void {
    slot.answer = answer
    this.lastActive = this.clock.monotonic()
    while (this.slots[0]?.answer !== undefined) {
      const { answer: first } = this.slots.shift() as Slot
      if (first && first !== NO_ANSWER) this.leaving.push(first)
    }
    if (this.slots.length === 0) this.exclusive = false
    this.work()
  }

  /** Sends the answers that are there, in one write. */
  private flush(): void {
    const answers = this.leaving
    if (answers.length > 0) this.leaving = []
    try {
      this.options.handler.settle?.()
      if (answers.length === 0) return
      if (this.closed) return allSent(answers)
      const parts =
        answers.length === 1 ? (answers[0] as Answer).encode() : answers.flatMap((answer) => answer.encode())
      this.socket.write(parts, answers.some(({ sent }) => sent) ? () => allSent(answers) : undefined)
      if (answers.at(-1)?.isLast) this.hangUp()
    } catch (error) {
      allSent(answers)
      this.fail(error)
    }
  }

  private hangUp(): void {
    this.ending = true
    this.frames.length = 0
    this.socket.end()
  }

  private fail(error: unknown): void {
    if (error instanceof Stranger) this.owner.onStranger(error.message)
    else if (!this.closed && error instanceof Error)
      this.options.log?.(`Closing connection ${this.id}: ${error.message}`)
    this.destroy()
  }
}
