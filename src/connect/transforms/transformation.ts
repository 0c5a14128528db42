import type { ConfigKey, ConnectorConfig } from '../connector.ts'
import type { ConnectRecord } from '../records.ts'

abstract class Stage {
  /** Shown by REST. */
  readonly version: string = 'unknown'

  /** The properties that it takes. */
  config(): readonly ConfigKey[] {
    return []
  }

  /** Called once, before the first record. Throws for a config that cannot work: the task fails then. */
  configure(_config: ConnectorConfig): void {}

  /** Called once, behind the last record. */
  close(): void {}
}

/**
 * Changes single records on their way, as Java's `org.apache.kafka.connect.transforms.Transformation` (KIP-66): those of a source before they are
 * converted, those for a sink after that.
 */
export abstract class Transformation extends Stage {
  /** Another record, the same, or null to leave it out. A record is never changed in place; what the other one does not name stays. */
  abstract apply(record: ConnectRecord): Partial<ConnectRecord> | null | undefined
}

/** Says for which records a transformation is, as Java's `org.apache.kafka.connect.transforms.predicates.Predicate` (KIP-585). */
export abstract class Predicate extends Stage {
  abstract test(record: ConnectRecord): boolean
}

/** By their looks: a user's module may bring its own copy of these classes. */
const has = (value: unknown, method: string): boolean =>
  typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === 'function'

export const isTransformation = (value: unknown): value is Transformation =>
  has(value, 'apply') && has(value, 'configure') && has(value, 'close')

export const isPredicate = (value: unknown): value is Predicate =>
  has(value, 'test') && has(value, 'configure') && has(value, 'close')
