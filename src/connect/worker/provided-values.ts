import type { ConfigProviders } from '../../config/config-providers.ts'
import { ConfigError } from '../../config/define.ts'
import type { CheckedKey } from '../config/stage-keys.ts'
import type { ConnectorConfig } from '../connector.ts'
import { badRequest } from './request-error.ts'

/** A connector's config with what config providers give. Throws what becomes a 400 when one cannot be read. */
export function provided(providers: ConfigProviders, config: ConnectorConfig): ConnectorConfig {
  try {
    return providers.resolve(config)
  } catch (error) {
    throw error instanceof ConfigError ? badRequest(error.message) : error
  }
}

/** What was found out about a property, with the name of a value that a config provider gives, and never the value. */
export function unresolved(checked: CheckedKey, config: ConnectorConfig, resolved: ConnectorConfig): CheckedKey {
  const { name } = checked.key
  const [given, value] = [config[name], resolved[name]]
  if (given === undefined || value === undefined || given === value) return checked
  const errors = checked.errors.map((error) => (value === '' ? error : error.replaceAll(value, given)))
  return { ...checked, value: given, errors }
}
