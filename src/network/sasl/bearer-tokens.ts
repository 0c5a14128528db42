import type { TokenSource } from '../../config/bearer.ts'
import type { Clock, Disk, Http } from '../../runtime/index.ts'
import { AuthenticationError } from '../authentication-error.ts'
import { ConnectionError } from '../connection-error.ts'

/** A new one is fetched when so much of a token's time is over (Kafka's `sasl.login.refresh.window.factor`). */
const USABLE_SHARE = 0.8

interface Kept {
  readonly token: string
  /** On the wall clock, in milliseconds. */
  readonly usableUntil: number
}

/** The tokens with which all connections of a client log in. */
export class BearerTokens {
  private kept: Kept | undefined
  private fetching: Promise<string> | undefined

  constructor(
    private readonly source: TokenSource,
    private readonly runtime: { readonly clock: Clock; readonly disk: Disk; readonly http: Http },
  ) {}

  /** Rejects with an `AuthenticationError` when there is none to be had, with a `ConnectionError` when there may be later. */
  get(): Promise<string> {
    if (this.kept && this.runtime.clock.now() < this.kept.usableUntil) return Promise.resolve(this.kept.token)
    this.fetching ??= this.fetch().finally(() => {
      this.fetching = undefined
    })
    return this.fetching
  }

  private async fetch(): Promise<string> {
    const now = this.runtime.clock.now()
    const token = await this.newToken()
    if (!/^[\w+/.~-]+=*$/.test(token)) throw noToken('What was given for a token is none.')
    const end = endOf(token)
    this.kept = end === undefined ? undefined : { token, usableUntil: now + (end - now) * USABLE_SHARE }
    return token
  }

  private async newToken(): Promise<string> {
    const { source } = this
    if (source.kind === 'endpoint') return this.ask(source)
    if (source.kind === 'unsecured') return this.unsecured(source.claims, source.lifetimeSeconds)
    const bytes = this.runtime.disk.readFile(source.path)
    if (!bytes) throw noToken(`sasl.oauthbearer.token.endpoint.url: there is no file ${source.path}.`)
    return bytes.toString('utf8').trim()
  }

  private async ask({ url, clientId, clientSecret, scope, timeoutMs }: TokenSource & { kind: 'endpoint' }) {
    const who = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    const question = new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) })
    const headers = {
      accept: 'application/json',
      authorization: `Basic ${who}`,
      'cache-control': 'no-cache',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const later = (why: string, cause?: unknown) =>
      new ConnectionError('other', `No token came from ${url}: ${why}.`, { cause })
    const { status, body } = await this.runtime
      .http({ method: 'POST', url, headers, body: String(question), timeoutMs })
      .catch((error: Error) => {
        throw later(error.message, error)
      })
    if (status >= 500) throw later(`it answered ${status}`)
    const answer = readJson(body)
    const token = answer['access_token'] ?? answer['id_token']
    if (status === 200 && typeof token === 'string') return token
    const why = [answer['error'], answer['error_description']].filter((one) => typeof one === 'string').join(' - ')
    throw noToken(
      `${url} gave no token: it answered ${status}${why ? ` (${why})` : ''}. Check the client's id, secret and scope.`,
    )
  }

  private unsecured(claims: Readonly<Record<string, unknown>>, lifetimeSeconds: number): string {
    const iat = this.runtime.clock.now() / 1000
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    return `${part({ alg: 'none' })}.${part({ iat, exp: iat + lifetimeSeconds, ...claims })}.`
  }
}

const noToken = (message: string): AuthenticationError => new AuthenticationError('no-token', message)

function readJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** When a token ends, by its own words; undefined for one that says nothing. Milliseconds on the wall clock. */
function endOf(token: string): number | undefined {
  const { exp } = readJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return typeof exp === 'number' ? exp * 1000 : undefined
}
