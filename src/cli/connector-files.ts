import { parsePropertiesFile } from '../config/properties.ts'
import { ConnectError } from '../connect/data/errors.ts'
import { type NewConnector, toNewConnector } from '../connect/rest/bodies.ts'
import type { Runtime } from '../runtime/index.ts'
import { MissingFile } from './client-config.ts'

/**
 * A connector's file: properties with a `name`, or JSON, either its config or what REST takes to make one. Throws `MissingFile` and
 * `ConnectError`.
 */
export function readConnectorFile(runtime: Runtime, path: string): NewConnector {
  const bytes = runtime.disk.readFile(path)
  if (!bytes) throw new MissingFile(path)
  const json = parseObject(bytes)
  const isRequest = typeof json?.['config'] === 'object' && json['config'] !== null
  const connector = toNewConnector(isRequest ? (json ?? {}) : { config: json ?? parsePropertiesFile(bytes) })
  if (connector.name === '')
    throw new ConnectError(`Connector configuration at '${path}' is missing the mandatory 'name' configuration`)
  return connector
}

/** Undefined for what is no JSON object, which is properties then. */
function parseObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
