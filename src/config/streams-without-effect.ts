import type { Idle } from './remarks.ts'

/** Properties that applications of Kafka Streams have, and that ours take and do nothing with. */
export const idleInStreams = {
  'no classes of Java are loaded': [
    'default.client.supplier',
    'default.production.exception.handler',
    'dsl.store.suppliers.class',
    'processing.exception.handler',
    'processing.exception.handler.global.enabled',
    'processor.wrapper.class',
    'production.exception.handler',
    'rocksdb.config.setter',
    'task.assignor.class',
  ],
  'stores are in memory, and are read from their changelogs when a task begins': [
    'acceptable.recovery.lag',
    'allow.os.group.write.access',
    'default.dsl.store',
    'dsl.store.format',
    'max.warmup.replicas',
    'num.standby.replicas',
    'probing.rebalance.interval.ms',
    'state.cleanup.delay.ms',
    'state.cleanup.dir.max.age.ms',
    'state.dir',
  ],
  'an application has one thread: start it several times to share its work': ['num.stream.threads'],
  'partitions are shared out in ranges': [
    'rack.aware.assignment.non_overlap_cost',
    'rack.aware.assignment.strategy',
    'rack.aware.assignment.tags',
    'rack.aware.assignment.traffic_cost',
    'upgrade.from',
  ],
  'serdes of windows are made by the program': ['window.size.ms', 'windowed.inner.class.serde'],
  'this library does not do that so far': [
    'application.server',
    'built.in.metrics.version',
    'ensure.explicit.internal.resource.naming',
    'errors.dead.letter.queue.topic.name',
    'log.summary.interval.ms',
    'task.timeout.ms',
    'topology.optimization',
  ],
} as const satisfies Idle
