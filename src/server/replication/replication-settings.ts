import type { BrokerConfig } from '../../config/broker.ts'
import type { QuotaWindows } from './replication-quota.ts'

/** How replicas follow each other, by Kafka's properties; times in milliseconds, sizes in bytes. */
export interface ReplicationSettings {
  /** `replica.lag.time.max.ms`: a follower that was not caught up for so long is out of sync. */
  readonly lagTimeMaxMs: number
  /** `replica.fetch.backoff.ms` */
  readonly fetchBackoffMs: number
  /** `replica.fetch.wait.max.ms` */
  readonly fetchWaitMaxMs: number
  /** `replica.fetch.min.bytes` */
  readonly fetchMinBytes: number
  /** `replica.fetch.max.bytes`, of one partition */
  readonly fetchMaxBytes: number
  /** `replica.fetch.response.max.bytes` */
  readonly fetchResponseMaxBytes: number
  /** `replication.quota.window.num`, `replication.quota.window.size.seconds` */
  readonly quotaWindows: QuotaWindows
  /** The same of `alter.log.dirs.replication.quota`. */
  readonly directoryQuotaWindows: QuotaWindows
}

export const replicationSettings = (config: BrokerConfig): ReplicationSettings => ({
  lagTimeMaxMs: config.get('replica.lag.time.max.ms'),
  fetchBackoffMs: config.get('replica.fetch.backoff.ms'),
  fetchWaitMaxMs: config.get('replica.fetch.wait.max.ms'),
  fetchMinBytes: config.get('replica.fetch.min.bytes'),
  fetchMaxBytes: config.get('replica.fetch.max.bytes'),
  fetchResponseMaxBytes: config.get('replica.fetch.response.max.bytes'),
  quotaWindows: {
    count: config.get('replication.quota.window.num'),
    ms: 1000 * config.get('replication.quota.window.size.seconds'),
  },
  directoryQuotaWindows: {
    count: config.get('alter.log.dirs.replication.quota.window.num'),
    ms: 1000 * config.get('alter.log.dirs.replication.quota.window.size.seconds'),
  },
})
