import type { Idle } from './remarks.ts'
import type { TopicProperty } from './topic.ts'

/** Of topics with replicas on several nodes: nobody misses these where there is one. */
export const topicsAmongNodes = [
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
] as const satisfies readonly TopicProperty[]

/** The others that do nothing here, by what a user has to know who has set one. A test holds that all that are in neither list are read. */
export const idleInTopics = {
  'there is no tiered storage': [
    'local.retention.bytes',
    'local.retention.ms',
    'remote.log.copy.disable',
    'remote.log.delete.on.disable',
  ],
  'this broker does not do that so far': ['compression.lz4.level'],
} as const satisfies Idle & Record<string, readonly TopicProperty[]>
