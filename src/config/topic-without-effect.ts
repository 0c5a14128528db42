import type { Idle } from './remarks.ts'
import type { TopicProperty } from './topic.ts'

/** Those that do nothing here, by what a user has to know who has set one. A test holds that all others are read. */
export const idleInTopics = {
  'there is no tiered storage': [
    'local.retention.bytes',
    'local.retention.ms',
    'remote.log.copy.disable',
    'remote.log.delete.on.disable',
  ],
} as const satisfies Idle & Record<string, readonly TopicProperty[]>
