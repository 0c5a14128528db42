import type { Idle } from './remarks.ts'

/** Properties that clients of Kafka have, and that ours take and do nothing with. A test holds that all others are read. */
export const idleInClients = {
  'no classes of Java are loaded': ['interceptor.classes'],
  'metrics are told to whoever asks for them, and reported to nobody': ['enable.metrics.push', 'metric.reporters'],
  'all metrics are kept at all times': ['metrics.recording.level'],
  'connections, and what is known of topics, are kept as long as the client lives': [
    'connections.max.idle.ms',
    'metadata.max.idle.ms',
  ],
  'this client does not do that so far': [
    'client.dns.lookup',
    'metadata.recovery.rebootstrap.trigger.ms',
    'metadata.recovery.strategy',
    'partitioner.availability.timeout.ms',
  ],
} as const satisfies Idle
