import type { Idle } from './remarks.ts'

/** Properties that clients of Kafka have, and that ours take and do nothing with. A test holds that all others are read. */
export const idleInClients = {
  'no classes of Java are loaded': ['interceptor.classes'],
  'no metrics are reported': [
    'enable.metrics.push',
    'metric.reporters',
    'metrics.num.samples',
    'metrics.recording.level',
    'metrics.sample.window.ms',
  ],
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
