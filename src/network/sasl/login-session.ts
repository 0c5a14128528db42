import { type SaslMechanism, saslMechanisms } from '../../config/client-security.ts'
import type { ListenerLogins } from '../../config/listener-logins.ts'
import type { Clock, Random } from '../../runtime/index.ts'
import { ANONYMOUS, type Principal } from '../principal.ts'
import { BearerServer } from './bearer-server.ts'
import { PlainServer } from './plain-server.ts'
import type { ScramSource } from './scram-server.ts'
import { ScramServer } from './scram-server.ts'
import { LoginRefused, refusedAloud, type ServerExchange, type Step } from './server-exchange.ts'
import type { TokenCheck } from './token-check.ts'

/** What the logins at one listener have in common. */
export interface LoginContext extends ScramSource {
  readonly logins: ListenerLogins
  readonly clock: Clock
  readonly random: Random
  /** Of tokens of OAUTHBEARER, where they are taken. */
  readonly bearer?: TokenCheck | undefined
}

/** Who logs in again does so no sooner than this after the last time; milliseconds. */
const REPEAT_MS = 1000

type State =
  /** Nobody yet: the client may ask for versions, and say how it logs in. */
  | 'handshake'
  /** Messages of the mechanism. */
  | 'exchange'
  | 'open'
  | 'over'

/** The login of one connection, and those that follow it there (KIP-43, KIP-152, KIP-368). */
export class LoginSession {
  private state: State = 'handshake'
  private mechanism: SaslMechanism | undefined
  private exchange: ServerExchange | undefined
  private known: Principal | undefined
  /** Of the monotonic clock. */
  private expiresAt = Number.POSITIVE_INFINITY
  private repeatedAt = Number.NEGATIVE_INFINITY
  /** Why the login that has begun will be refused. */
  private objection: string | undefined
  /** The mechanism's messages come as they are, not in requests: so it was before Kafka 1.0. */
  takesBareMessages = false

  constructor(private readonly context: LoginContext) {}

  get principal(): Principal {
    return this.known ?? ANONYMOUS
  }

  /** Whether requests are taken, of those who have logged in. */
  get isOpen(): boolean {
    return this.state === 'open'
  }

  get maxReceiveBytes(): number {
    return this.context.logins.maxReceiveBytes
  }

  get mechanisms(): readonly SaslMechanism[] {
    return this.context.logins.mechanisms
  }

  /** Whether a login has ended. The client may log in again until its next request. */
  get isExpired(): boolean {
    return this.state === 'open' && this.context.clock.monotonic() > this.expiresAt
  }

  get isInExchange(): boolean {
    return this.state === 'exchange'
  }

  /** Whether a handshake has a place now. Where logins hold for ever there is no second one. */
  get takesHandshake(): boolean {
    if (this.state === 'handshake') return true
    const { clock } = this.context
    return this.state === 'open' && this.expiresAt < Infinity && clock.monotonic() - this.repeatedAt >= REPEAT_MS
  }

  /** The client's choice; gives whether it may have it. */
  begin(name: string, isBare: boolean): boolean {
    const { logins } = this.context
    const mechanism = saslMechanisms.find((one) => one === name && logins.mechanisms.includes(one))
    if (mechanism === undefined) return false
    if (this.state === 'open') {
      this.repeatedAt = this.context.clock.monotonic()
      if (mechanism !== this.mechanism)
        this.objection = `SASL mechanism '${name}' requested by client is not supported for re-authentication of mechanism '${this.mechanism}'`
    } else this.mechanism = mechanism
    this.exchange = this.exchangeOf(mechanism)
    this.takesBareMessages = isBare
    this.state = 'exchange'
    return true
  }

  private exchangeOf(mechanism: SaslMechanism): ServerExchange {
    const { context } = this
    if (mechanism === 'PLAIN') return new PlainServer(context.logins.users)
    if (mechanism === 'OAUTHBEARER') return new BearerServer(context.bearer as TokenCheck)
    return new ScramServer(mechanism, context, context.random)
  }

  /** Nothing more comes of this connection. Waits before that is said: who guesses passwords shall not guess many. */
  refuse(): Promise<void> {
    this.state = 'over'
    return this.context.clock.sleep(this.context.logins.failureDelayMs)
  }

  /** Takes a message of the mechanism; gives the answer, and the milliseconds for which the login holds. Rejects with a `LoginRefused`. */
  async take(message: Buffer): Promise<{ readonly answer: Buffer; readonly lifetimeMs: number }> {
    try {
      if (this.objection !== undefined) throw refusedAloud(this.objection)
      const step = await (this.exchange as ServerExchange).next(message)
      return { answer: step.answer, lifetimeMs: step.done ? this.open(step.done) : 0 }
    } catch (error) {
      await this.refuse()
      if (!(error instanceof LoginRefused)) throw error
      throw error.tell === undefined ? new LoginRefused(error.message, this.silent) : error
    }
  }

  private get silent(): string {
    const kind = this.known ? 're-authentication' : 'authentication'
    return `Authentication failed during ${kind} due to invalid credentials with SASL mechanism ${this.mechanism}`
  }

  private open({ principal, endsAt }: NonNullable<Step['done']>): number {
    const { known } = this
    if (known && known.name !== principal.name)
      throw refusedAloud(
        `Cannot change principals during re-authentication from ${known.type}.${known.name}: ${principal.type}.${principal.name}`,
      )
    const { clock, logins } = this.context
    const limit = logins.maxReauthMs[this.mechanism as SaslMechanism]
    const limits = [...(limit > 0 ? [limit] : []), ...(endsAt === undefined ? [] : [Math.max(0, endsAt - clock.now())])]
    const lifetimeMs = limits.length > 0 ? Math.min(...limits) : 0
    this.known = principal
    this.expiresAt = limits.length > 0 ? clock.monotonic() + lifetimeMs : Number.POSITIVE_INFINITY
    this.exchange = undefined
    this.takesBareMessages = false
    this.state = 'open'
    return Math.trunc(lifetimeMs)
  }
}
