import type { Principal } from './principal.ts'
import type { LoginSession } from './sasl/login-session.ts'

/** An answer that is never sent: the client asked for none. */
export const NO_ANSWER = Symbol('no answer')

export interface Answer {
  /** Gives the bytes, asked for once, after the handler's `settle`. */
  encode(): readonly Uint8Array[]
  /** Called once the parts have left, or never will: then they may be written over. */
  sent?(): void
  /** The connection ends behind it. */
  readonly isLast?: boolean
}

/** What a client does wrong, before the name of the listener: thrown by a handler, it closes the connection, and is told of once. */
export class Stranger extends Error {
  override name = 'Stranger'
}

export interface Peer {
  readonly id: string
  readonly listener: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** Whom requests come from. */
  readonly principal: Principal
  /** At a listener where clients log in (SASL). */
  readonly login: LoginSession | undefined
  /** Whoever has used more than its quota is not read from for so long; milliseconds (KIP-219). */
  mute(ms: number): void
  /** Set once the connection is gone, so that a waiting request can give up. */
  readonly closed: boolean
  /** Calls back when the connection is gone. Gives what takes the call back, to be called when the request is answered. */
  onClosed(callback: () => void): () => void
}

export interface FrameHandler {
  /**
   * Answers one frame, or throws to have the connection closed. `next` may begin before a promise settles only when `overlaps` says so;
   * answers leave in the order of the requests in any case. The frame of a request that overlaps is lent until `settle`, any other is given.
   */
  handle(frame: Buffer, peer: Peer): Answer | typeof NO_ANSWER | Promise<Answer | typeof NO_ANSWER>
  /** Whether the requests in two frames may be at work at the same time. */
  overlaps(frame: Buffer): boolean
  /**
   * Called before answers are encoded and leave: what they say must be true after it. The frames that came in with one read are handled
   * before, so that their writes can be made together. Throws to have the connection closed.
   */
  settle?(): void
}
