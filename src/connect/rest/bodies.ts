import type { Context } from 'hono'
import type { ConnectorConfig } from '../connector.ts'
import { readSchemaless } from '../converters/json-reading.ts'
import { parseJson } from '../converters/json-text.ts'
import type { PartitionOffset } from '../offsets/source-offsets.ts'
import type { TargetState } from '../worker/connector-runner.ts'
import { badRequest } from '../worker/request-error.ts'

/** Bodies of requests; each throws `RequestError` for one that has another form. */

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Numbers beyond those of JavaScript stay what they are, for offsets may be such. */
async function readBody(context: Context): Promise<Readonly<Record<string, unknown>>> {
  const text = await context.req.text()
  let value: unknown
  try {
    value = readSchemaless(parseJson(text))
  } catch (error) {
    throw badRequest(`The body of the request is no JSON: ${(error as Error).message}`)
  }
  if (!isObject(value)) throw badRequest('The body of the request has to be a JSON object.')
  return value
}

/** Values that are no strings are taken as they are written. */
function toConfig(value: unknown): ConnectorConfig {
  if (!isObject(value)) throw badRequest('The config of a connector has to be a JSON object.')
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (item === null || typeof item === 'object') throw badRequest(`The value of ${key} has to be a string.`)
      return [key, String(item)]
    }),
  )
}

/** Configs of tasks, as workers send them to each other. */
export function toConfigs(value: unknown): ConnectorConfig[] {
  if (!Array.isArray(value)) throw badRequest('The configs of tasks have to be a JSON array.')
  return value.map((item: unknown) => toConfig(item))
}

export const readConfig = async (context: Context): Promise<ConnectorConfig> => toConfig(await readBody(context))

export async function readPatch(context: Context): Promise<Record<string, string | null>> {
  const body = await readBody(context)
  const taken = Object.keys(body).filter((key) => body[key] === null)
  const rest = toConfig(Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)))
  return { ...rest, ...Object.fromEntries(taken.map((key) => [key, null])) }
}

const states: Readonly<Record<string, TargetState>> = { RUNNING: 'RUNNING', PAUSED: 'PAUSED', STOPPED: 'STOPPED' }

export interface NewConnector {
  readonly name: string
  readonly config: ConnectorConfig
  /** That which is asked for; running when it is not. */
  readonly target: TargetState | undefined
}

/** `{"name":..., "config":{...}, "initial_state":...}` (KIP-980). */
export async function readNewConnector(context: Context): Promise<NewConnector> {
  return toNewConnector(await readBody(context))
}

export function toNewConnector(body: Readonly<Record<string, unknown>>): NewConnector {
  const { name, config, initial_state: state, ...others } = body
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw badRequest(`Unrecognized field "${unknown}": a new connector has "name", "config" and "initial_state".`)
  const target = states[String(state).toUpperCase()]
  if (!target && state !== undefined && state !== null)
    throw badRequest(`There is no initial_state ${String(state)}: there are ${Object.keys(states).join(', ')}.`)
  const given = toConfig(config ?? {})
  return { name: String(name ?? given['name'] ?? '').trim(), config: given, target }
}

export async function readOffsets(context: Context): Promise<PartitionOffset[]> {
  const { offsets } = await readBody(context)
  if (!Array.isArray(offsets) || offsets.length === 0)
    throw badRequest('Partitions / offsets need to be provided for an alter offsets request')
  return offsets.map((item: unknown) => {
    const { partition, offset = null } = isObject(item) ? item : {}
    if (!isObject(partition) || (offset !== null && !isObject(offset)))
      throw badRequest(
        'Each of the offsets has to have a "partition" and an "offset", which are JSON objects or, the offset, null.',
      )
    return { partition, offset }
  })
}
