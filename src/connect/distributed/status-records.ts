import { readSchemaless } from '../converters/json-reading.ts'
import { parseJson } from '../converters/json-text.ts'
import { stringifyData } from '../converters/json-writing.ts'
import { parseTaskKey, type TaskId } from './units.ts'

/** How a connector or a task is, as `status.storage.topic` has it. */
export interface Status {
  readonly state: string
  /** Why it failed. */
  readonly trace: string | null
  /** `host:port` of the worker that says so. */
  readonly workerId: string
  /** The group's when it was said: what an earlier one says later does not count. */
  readonly generation: number
  /** Of the class that works; null for one that does not. */
  readonly version: string | null
}

/** A topic that a connector reads or writes (KIP-558). */
export interface TopicStatus {
  readonly name: string
  readonly connector: string
  readonly task: number
  /** Milliseconds since the epoch. */
  readonly discoveredAt: number
}

export type StatusKey =
  | { readonly kind: 'connector'; readonly name: string }
  | { readonly kind: 'task'; readonly id: TaskId }
  | { readonly kind: 'topic'; readonly topic: string; readonly connector: string }

export const statusJson = ({ state, trace, workerId, generation, version }: Status): string =>
  stringifyData({ state, trace, worker_id: workerId, generation, version })

export const topicStatusKey = (topic: string, connector: string): string =>
  `status-topic-${topic}:connector-${connector}`

export const topicStatusJson = ({ name, connector, task, discoveredAt }: TopicStatus): string =>
  stringifyData({ topic: { name, connector, task, discoverTimestamp: discoveredAt } })

export function readStatusKey(key: string): StatusKey | undefined {
  const [, kind, rest = ''] = /^status-(connector|task|topic)-(.+)$/s.exec(key) ?? []
  if (kind === 'connector') return { kind, name: rest }
  if (kind === 'task') {
    const id = parseTaskKey(rest)
    return id && { kind, id }
  }
  const [, topic, connector] = /^([^:]+):connector-(.+)$/s.exec(rest) ?? []
  return kind === 'topic' && topic !== undefined && connector !== undefined ? { kind, topic, connector } : undefined
}

/** Undefined for what is none. */
export function readStatus(value: Buffer): Status | undefined {
  const { state, trace, worker_id: workerId, generation, version } = fieldsOf(value)
  if (typeof state !== 'string' || typeof workerId !== 'string' || typeof generation !== 'number') return undefined
  return { state, trace: textOrNull(trace), workerId, generation, version: textOrNull(version) }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function fieldsOf(value: Buffer): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = readSchemaless(parseJson(value.toString()))
    return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
