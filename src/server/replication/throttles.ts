import type { Clock } from '../../runtime/index.ts'
import { configKey, configsOf, type MetadataImage, ResourceType } from '../metadata/image.ts'
import { type QuotaWindows, ReplicationQuota } from './replication-quota.ts'

const DIRECTORIES_RATE = 'replica.alter.log.dirs.io.max.bytes.per.second'

const ends = [
  {
    end: 'leader',
    rate: 'leader.replication.throttled.rate',
    replicas: 'leader.replication.throttled.replicas',
  },
  {
    end: 'follower',
    rate: 'follower.replication.throttled.rate',
    replicas: 'follower.replication.throttled.replicas',
  },
] as const

/** The quotas of this broker's replicas, as a leader and as a follower, kept in step with the dynamic configs (KIP-73). */
export class Throttles {
  readonly leader: ReplicationQuota
  readonly follower: ReplicationQuota
  /** Of what moves between log directories (KIP-113). */
  readonly directories: ReplicationQuota

  constructor(
    private readonly nodeId: number,
    clock: Clock,
    windows: { readonly replication: QuotaWindows; readonly directories: QuotaWindows },
  ) {
    this.leader = new ReplicationQuota(clock, windows.replication)
    this.follower = new ReplicationQuota(clock, windows.replication)
    this.directories = new ReplicationQuota(clock, windows.directories)
  }

  forget(topic: string): void {
    for (const { end } of ends) this[end].throttle(topic, undefined)
  }

  publish(changedConfigs: ReadonlySet<string>, image: MetadataImage): void {
    const own = String(this.nodeId)
    const isOwn = (key: string) => [own, ''].some((name) => key === configKey(ResourceType.broker, name))
    const limit = (rate: string) => {
      const [mine, shared] = [own, ''].map((broker) => configsOf(image, ResourceType.broker, broker).get(rate))
      return readRate(mine ?? shared)
    }
    if ([...changedConfigs].some(isOwn)) {
      for (const { end, rate } of ends) this[end].limit = limit(rate)
      this.directories.limit = limit(DIRECTORIES_RATE)
    }
    for (const key of changedConfigs) {
      const topic = key.slice(key.indexOf(':') + 1)
      if (key !== configKey(ResourceType.topic, topic)) continue
      const configs = configsOf(image, ResourceType.topic, topic)
      for (const { end, replicas } of ends) this[end].throttle(topic, readReplicas(configs.get(replicas), this.nodeId))
    }
  }
}

/** What is no rate, and was stored all the same, is none. */
function readRate(text: string | undefined): number {
  const rate = Number(text)
  return text === undefined || !(rate >= 0) || rate >= 2 ** 63 ? Number.POSITIVE_INFINITY : rate
}

function readReplicas(text: string | undefined, nodeId: number): 'all' | ReadonlySet<number> | undefined {
  const list = text?.trim() ?? ''
  if (list === '*') return 'all'
  const pairs = list.split(',').map((pair) => pair.trim().split(':').map(Number))
  const own = pairs.flatMap(([partition, broker]) => (broker === nodeId && partition !== undefined ? [partition] : []))
  return own.length > 0 ? new Set(own) : undefined
}
