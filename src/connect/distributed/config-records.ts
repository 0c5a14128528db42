import type { ConnectorConfig } from '../connector.ts'
import { readSchemaless } from '../converters/json-reading.ts'
import { parseJson } from '../converters/json-text.ts'
import { stringifyData } from '../converters/json-writing.ts'
import type { TargetState } from '../worker/connector-runner.ts'
import type { SessionKey } from './config-state.ts'
import { parseTaskKey, type TaskId, taskKey } from './units.ts'

/** Records of `config.storage.topic`: keys are texts, values JSON without a schema, null where something is taken back. */
export interface ConfigRecord {
  readonly key: string
  readonly value: string | null
}

export interface RestartRequest {
  readonly connector: string
  readonly includeTasks: boolean
  readonly onlyFailed: boolean
}

/** What a record says. */
export type ConfigChange =
  | { readonly kind: 'connector'; readonly name: string; readonly config: ConnectorConfig | null }
  | { readonly kind: 'target'; readonly name: string; readonly target: TargetState | null }
  | { readonly kind: 'task'; readonly id: TaskId; readonly config: ConnectorConfig }
  | { readonly kind: 'commit'; readonly name: string; readonly tasks: number }
  | { readonly kind: 'restart'; readonly request: RestartRequest }
  | { readonly kind: 'session-key'; readonly key: SessionKey }

const TARGETS: Readonly<Record<string, TargetState>> = { STARTED: 'RUNNING', PAUSED: 'PAUSED', STOPPED: 'STOPPED' }
const targetNames: Readonly<Record<TargetState, string>> = { RUNNING: 'STARTED', PAUSED: 'PAUSED', STOPPED: 'STOPPED' }

export const connectorRecord = (name: string, config: ConnectorConfig | null): ConfigRecord => ({
  key: `connector-${name}`,
  value: config && stringifyData({ properties: config }),
})

/** Workers before KIP-875 know no stopped connectors: to them it is paused. */
export const targetRecord = (name: string, target: TargetState | null): ConfigRecord => ({
  key: `target-state-${name}`,
  value:
    target &&
    stringifyData({
      state: target === 'STOPPED' ? 'PAUSED' : targetNames[target],
      'state.v2': targetNames[target],
    }),
})

export const taskRecord = (id: TaskId, config: ConnectorConfig): ConfigRecord => ({
  key: `task-${taskKey(id)}`,
  value: stringifyData({ properties: config }),
})

/** Makes the tasks before it count. */
export const commitRecord = (name: string, tasks: number): ConfigRecord => ({
  key: `commit-${name}`,
  value: stringifyData({ tasks }),
})

export const restartRecord = ({ connector, includeTasks, onlyFailed }: RestartRequest): ConfigRecord => ({
  key: `restart-connector-${connector}`,
  value: stringifyData({ 'include-tasks': includeTasks, 'only-failed': onlyFailed }),
})

export const sessionKeyRecord = ({ key, algorithm, createdAt }: SessionKey): ConfigRecord => ({
  key: 'session-key',
  value: stringifyData({ key: key.toString('base64'), algorithm, 'creation-timestamp': createdAt }),
})

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Undefined for a record that is none of these: it is passed over. */
export function readConfigRecord(key: string, value: Buffer | null): ConfigChange | undefined {
  let fields: Fields | null = null
  if (value !== null) {
    const json = parsed(value)
    if (!isObject(json)) return undefined
    fields = json
  }
  for (const [prefix, read] of readers) if (key.startsWith(prefix)) return read(key.slice(prefix.length), fields)
  return undefined
}

export const isJson = (value: Buffer): boolean => parsed(value) !== undefined

function parsed(value: Buffer): unknown {
  try {
    return readSchemaless(parseJson(value.toString()))
  } catch {
    return undefined
  }
}

const propertiesOf = (fields: Fields): ConnectorConfig | undefined =>
  isObject(fields['properties']) ? (fields['properties'] as ConnectorConfig) : undefined

type Read = (rest: string, fields: Fields | null) => ConfigChange | undefined

const readers: readonly (readonly [prefix: string, read: Read])[] = [
  [
    'target-state-',
    (name, fields) => {
      if (!fields) return { kind: 'target', name, target: null }
      const target = TARGETS[String(fields['state.v2'] ?? fields['state'])]
      return target && { kind: 'target', name, target }
    },
  ],
  [
    'connector-',
    (name, fields) => {
      if (!fields) return { kind: 'connector', name, config: null }
      const config = propertiesOf(fields)
      return config && { kind: 'connector', name, config }
    },
  ],
  [
    'task-',
    (rest, fields) => {
      const id = parseTaskKey(rest)
      const config = fields && propertiesOf(fields)
      return id && config ? { kind: 'task', id, config } : undefined
    },
  ],
  [
    'commit-',
    (name, fields) => {
      const tasks = fields?.['tasks']
      return typeof tasks === 'number' ? { kind: 'commit', name, tasks } : undefined
    },
  ],
  [
    'restart-connector-',
    (connector, fields) =>
      fields
        ? {
            kind: 'restart',
            request: {
              connector,
              includeTasks: fields['include-tasks'] === true,
              onlyFailed: fields['only-failed'] === true,
            },
          }
        : undefined,
  ],
  [
    'session-key',
    (_, fields) => {
      const { key, algorithm, 'creation-timestamp': createdAt } = fields ?? {}
      return typeof key === 'string' && typeof algorithm === 'string' && typeof createdAt === 'number'
        ? { kind: 'session-key', key: { key: Buffer.from(key, 'base64'), algorithm, createdAt } }
        : undefined
    },
  ],
]
