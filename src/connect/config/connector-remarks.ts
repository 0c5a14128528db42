import type { Idle } from '../../config/remarks.ts'
import type { ConnectorConfig } from '../connector.ts'
import { listOf } from './key-errors.ts'

/** Properties of connectors that change nothing on any worker, by what a user has to know who has set one. */
const idle: Idle = {
  'no value of a config provider ends: a connector that is started again asks anew': ['config.action.reload'],
}

/** A sentence for each reason of which a property was set. */
export const withoutEffect = (table: Idle, given: Readonly<Record<string, string>>): string[] =>
  Object.entries(table).flatMap(([reason, names]) => {
    const set = names.filter((name) => given[name] !== undefined)
    return set.length === 0 ? [] : [`Without effect: ${set.join(', ')} (${reason}).`]
  })

const retries: Idle = {
  'converters here fail for good, only transformations are tried again': [
    'errors.retry.timeout',
    'errors.retry.delay.max.ms',
  ],
}

/** What to say of a connector's properties. */
export function connectorRemarks(
  config: ConnectorConfig,
  worker: { readonly 'topic.creation.enable': boolean },
  rules: { readonly idle: Idle },
): string[] {
  const creation = Object.keys(config).filter((name) => name.startsWith('topic.creation.'))
  return [
    ...withoutEffect({ ...rules.idle, ...idle }, config),
    ...(listOf(config['transforms'] ?? '').length === 0 ? withoutEffect(retries, config) : []),
    ...(worker['topic.creation.enable']
      ? []
      : withoutEffect({ 'the worker has topic.creation.enable=false': creation }, config)),
  ]
}
