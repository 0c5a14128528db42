import { bool, int, string } from './define.ts'

/** Properties of one group: of consumers (KIP-848), share groups (KIP-932) and streams groups (KIP-1071). */
export const groupProperties = {
  'consumer.assignment.interval.ms': int(1000).min(0),
  'consumer.heartbeat.interval.ms': int(5000).min(1),
  'consumer.session.timeout.ms': int(45_000).min(1),
  'share.assignment.interval.ms': int(1000).min(0),
  'share.auto.offset.reset': string('latest'),
  'share.delivery.count.limit': int(5).min(2),
  'share.heartbeat.interval.ms': int(5000).min(1),
  'share.isolation.level': string('read_uncommitted').oneOf('read_committed', 'read_uncommitted'),
  'share.partition.max.record.locks': int(2000).min(100),
  'share.record.lock.duration.ms': int(30_000).min(1000),
  'share.renew.acknowledge.enable': bool(true),
  'share.session.timeout.ms': int(45_000).min(1),
  'streams.assignment.interval.ms': int(1000).min(0),
  'streams.heartbeat.interval.ms': int(5000).min(1),
  'streams.initial.rebalance.delay.ms': int(3000).min(0),
  'streams.num.standby.replicas': int(0).min(0),
  'streams.session.timeout.ms': int(45_000).min(1),
} as const

export type GroupProperty = keyof typeof groupProperties

/** The broker's property that a group's stands on, as long as nobody has set the group's own: `group.` before its name. */
export const brokerNameOf = (name: string): string => `group.${name}`
