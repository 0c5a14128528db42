import type { Idle } from '../../config/remarks.ts'

/** Properties of connectors that change nothing here, by what a user has to know who has set one. */
const idle: Idle = {
  'converters here fail for good, and are not tried again': ['errors.retry.timeout', 'errors.retry.delay.max.ms'],
  'standalone workers write at least once, without transactions': [
    'exactly.once.support',
    'transaction.boundary',
    'transaction.boundary.interval.ms',
  ],
  'standalone workers keep offsets in a file': ['offsets.storage.topic'],
  'there are no config providers whose values could change': ['config.action.reload'],
}

/** A sentence for each reason of which a property was set. */
export const withoutEffect = (table: Idle, given: Readonly<Record<string, string>>): string[] =>
  Object.entries(table).flatMap(([reason, names]) => {
    const set = names.filter((name) => given[name] !== undefined)
    return set.length === 0 ? [] : [`Without effect: ${set.join(', ')} (${reason}).`]
  })

/** What to say of a connector's properties. */
export const connectorRemarks = (config: Readonly<Record<string, string>>): string[] => withoutEffect(idle, config)
