import type { SignedRules } from '../../config/token-rules.ts'
import type { Clock, Disk, Http } from '../../runtime/index.ts'
import { isSignedBy, type Jwk, type Jwt, suits, TokenRefused } from './jwt.ts'

/** Milliseconds for the keys to come. */
const TIMEOUT_MS = 10_000

interface Kept {
  readonly keys: readonly Jwk[]
  /** Of the monotonic clock. */
  readonly fetchedAt: number
}

/** The published keys of an identity provider, fetched when they are first needed, when they are old, and for a token of a key that is not among them. */
export class SigningKeys {
  private kept: Kept | undefined
  private fetching: Promise<Kept> | undefined
  private failedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly rules: SignedRules,
    private readonly runtime: { readonly clock: Clock; readonly disk: Disk; readonly http: Http },
  ) {}

  /** Rejects with a `TokenRefused` when no key of them has signed the token, or none can be had. */
  async check(token: Jwt): Promise<void> {
    const { clock } = this.runtime
    const kept = this.kept ?? (await this.fetch(undefined))
    // Nobody waits for new keys who has old ones: the provider may take its time, or be away.
    if (clock.monotonic() - kept.fetchedAt >= this.rules.keysRefreshMs) void this.fetch(kept)
    let candidates = kept.keys.filter((key) => suits(key, token.header))
    // A provider signs with a new key as soon as it has published it. Who makes up key ids shall not have it asked all the time.
    if (candidates.length === 0 && clock.monotonic() - kept.fetchedAt >= this.rules.retryBackoffMs)
      candidates = (await this.fetch(kept)).keys.filter((key) => suits(key, token.header))
    for (const key of candidates) if (await isSignedBy(token, key)) return
    throw new TokenRefused(
      candidates.length === 0
        ? `${this.rules.keysUrl} has no key for it (kid ${String(token.header['kid'])}, alg ${String(token.header['alg'])})`
        : 'its signature is wrong',
    )
  }

  /** New keys; the old ones while there are no new ones to be had. */
  private async fetch(old: Kept | undefined): Promise<Kept> {
    const { clock } = this.runtime
    if (clock.monotonic() - this.failedAt < this.rules.retryBackoffMs && old) return old
    this.fetching ??= this.load().finally(() => {
      this.fetching = undefined
    })
    try {
      return await this.fetching
    } catch (error) {
      this.failedAt = clock.monotonic()
      if (old) return old
      throw new TokenRefused(`there are no keys from ${this.rules.keysUrl}: ${(error as Error).message}`)
    }
  }

  private async load(): Promise<Kept> {
    const answer = JSON.parse(await this.read()) as { keys?: unknown }
    if (!Array.isArray(answer.keys)) throw new Error('it is no set of keys')
    const keys = answer.keys.filter((key): key is Jwk => typeof key === 'object' && key !== null)
    this.kept = { keys, fetchedAt: this.runtime.clock.monotonic() }
    return this.kept
  }

  private async read(): Promise<string> {
    const { keysUrl: url } = this.rules
    if (url.startsWith('file:')) {
      const bytes = this.runtime.disk.readFile(decodeURIComponent(url.replace(/^file:(\/\/)?/, '')))
      if (!bytes) throw new Error('there is no such file')
      return bytes.toString('utf8')
    }
    const headers = { accept: 'application/json' }
    const { status, body } = await this.runtime.http({ method: 'GET', url, headers, timeoutMs: TIMEOUT_MS })
    if (status !== 200) throw new Error(`it answered ${status}`)
    return body
  }
}
