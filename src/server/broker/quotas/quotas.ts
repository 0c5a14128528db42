import type { ConnectionRates } from '../../../config/connection-limits.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { Clock } from '../../../runtime/index.ts'
import { derived } from '../../../std/derived.ts'
import { type Client, type Quota, type QuotaKind, type QuotaRecord, QuotaTable } from './quota-table.ts'
import { TokenBucket } from './token-bucket.ts'
import { WindowedRate } from './windowed-rate.ts'

/** How many windows are looked back at, and how long each is; milliseconds. */
export interface Windows {
  readonly count: number
  readonly ms: number
}

export interface QuotasOptions {
  readonly clock: Clock
  readonly windows: Windows
  /** Of changes to topics. */
  readonly mutationWindows: Windows
  readonly records: () => ReadonlyMap<string, QuotaRecord>
}

/** Of so many shared quotas the usage is remembered; those that were idle for all windows are forgotten first. */
const MAX_REMEMBERED = 10_000

interface Usage {
  readonly rate: WindowedRate
  usedAt: number
}

/** What partitions may still be made and deleted in one request. */
export interface MutationQuota {
  /** Throws THROTTLING_QUOTA_EXCEEDED when more was done than the quota allows. */
  take(partitions: number): void
  readonly throttleMs: number
}

const unlimited: MutationQuota = { take: () => {}, throttleMs: 0 }

/** Counts what clients do against their quotas, and says how long each has to be silent (KIP-13, KIP-124, KIP-219, KIP-599, KIP-612). */
export class Quotas {
  private readonly table: () => QuotaTable
  private readonly usages = new Map<string, Usage>()
  private readonly buckets = new Map<string, { readonly limit: number; readonly bucket: TokenBucket }>()

  constructor(private readonly options: QuotasOptions) {
    this.table = derived(options.records, (records) => new QuotaTable(records.values()))
  }

  /** Whether anybody has a quota of this kind: where nobody has, nothing need be measured. */
  has(kind: QuotaKind): boolean {
    return this.table().has(kind)
  }

  /** Milliseconds for which the client has to be silent now. */
  record(kind: QuotaKind, client: Client, amount: number): number {
    const quota = this.find(kind, client)
    return quota ? this.count(quota, amount) : 0
  }

  /** The same; what has to wait was not done, and does not count. */
  admit(kind: QuotaKind, client: Client, amount: number): number {
    const quota = this.find(kind, client)
    return quota ? this.tryCount(quota, amount) : 0
  }

  /** The same for a new connection. */
  admitConnection(address: string): number {
    const quota = this.has('connection_creation_rate') ? this.table().ofAddress(address) : undefined
    return quota ? this.tryCount(quota, 1) : 0
  }

  /**
   * The same for the connections of all, of a listener and of the node: counts so many that came (or, below zero, were none after all); gives the
   * milliseconds that the next one has to wait, which are no more than a window (KIP-612).
   */
  paceConnections(listener: string, { inAll, atListener }: ConnectionRates, connections: number): number {
    const quotas: Quota[] = [
      { limit: inAll, shared: 'connections' },
      { limit: atListener, shared: `connections at ${listener}` },
    ]
    const waits = quotas.filter(({ limit }) => limit < Infinity).map((quota) => this.count(quota, connections))
    return Math.min(this.options.windows.ms, Math.max(0, ...waits))
  }

  /** The most that a client can use up in all windows: a larger answer could never be given. */
  most(kind: QuotaKind, client: Client): number {
    const { count, ms } = this.options.windows
    const quota = this.find(kind, client)
    return quota ? (quota.limit * Math.max(1, count - 1) * ms) / 1000 : Number.POSITIVE_INFINITY
  }

  /** `strict` for clients that know the error; what others do beyond the quota is done, and they are silent the longer. */
  mutations(client: Client, strict: boolean): MutationQuota {
    const quota = this.find('controller_mutation_rate', client)
    if (!quota) return unlimited
    const { clock } = this.options
    const bucket = this.bucketOf(quota)
    let silence = 0
    return {
      take: (partitions) => {
        // Whoever knows the error has to be silent when it gets it; what made it due was still done.
        if (strict) silence = bucket.owedMs(clock.monotonic())
        if (silence > 0 && strict) throw new KafkaError('THROTTLING_QUOTA_EXCEEDED')
        bucket.take(partitions, clock.monotonic())
        if (!strict) silence = bucket.owedMs(clock.monotonic())
      },
      get throttleMs() {
        return silence
      },
    }
  }

  private find(kind: QuotaKind, client: Client): Quota | undefined {
    return this.has(kind) ? this.table().of(kind, client) : undefined
  }

  private count({ limit, shared }: Quota, amount: number): number {
    const now = this.options.clock.monotonic()
    const usage = this.usageOf(shared, now)
    usage.usedAt = now
    usage.rate.record(amount, now)
    return usage.rate.excessMs(limit, now)
  }

  private tryCount(quota: Quota, amount: number): number {
    const throttleMs = this.count(quota, amount)
    if (throttleMs > 0) this.count(quota, -amount)
    return throttleMs
  }

  private usageOf(shared: string, now: number): Usage {
    const known = this.usages.get(shared)
    if (known) return known
    const { count, ms } = this.options.windows
    if (this.usages.size >= MAX_REMEMBERED)
      for (const [key, { usedAt }] of this.usages) if (usedAt < now - count * ms) this.usages.delete(key)
    const usage = { rate: new WindowedRate(count, ms), usedAt: now }
    this.usages.set(shared, usage)
    return usage
  }

  /** A quota that was changed begins with a full bucket. */
  private bucketOf({ limit, shared }: Quota): TokenBucket {
    const known = this.buckets.get(shared)
    if (known?.limit === limit) return known.bucket
    const { count, ms } = this.options.mutationWindows
    const bucket = new TokenBucket((limit * count * ms) / 1000, limit, this.options.clock.monotonic())
    this.buckets.set(shared, { limit, bucket })
    return bucket
  }
}
