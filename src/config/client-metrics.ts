import { int, list } from './define.ts'

/** Properties of a subscription to clients' metrics (KIP-714). */
export const clientMetricsProperties = {
  'interval.ms': int(300_000),
  match: list([]),
  metrics: list([]),
} as const

export const intervalRange = { min: 100, max: 3_600_000 } as const

/** What of a client a subscription can ask for, each with a regular expression. */
export const selectorNames: readonly string[] = [
  'client_id',
  'client_instance_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
]
