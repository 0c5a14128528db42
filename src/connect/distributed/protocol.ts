import { array, bytes, int16, int32, int64, MalformedMessage, message, string } from '../../protocol/schema/index.ts'
import { parseTaskKey, type TaskId, Units } from './units.ts'

/** What workers tell each other through the coordinator (KIP-415, KIP-507): two bytes of a version, and then a message. */

/** The protocols of a group of workers: names as members join with them, the liked one first. */
export const protocolNames = { sessioned: 'sessioned', compatible: 'compatible' } as const

const VERSIONS: Readonly<Record<string, number>> = { default: 0, compatible: 1, sessioned: 2 }

/** From this version on requests between workers are signed. */
export const SIGNED_VERSION = 2

export const versionOf = (protocol: string): number => VERSIONS[protocol] ?? 0

const units = array({ connector: string, tasks: array(int32) })

const WorkerState = message({
  name: 'ConnectWorkerState',
  versions: [0, 2],
  fields: { url: string, configOffset: int64, allocation: bytes.since(1).nullable(1).default(null).ignorable() },
})

const AssignmentMessage = message({
  name: 'ConnectAssignment',
  versions: [0, 2],
  fields: {
    error: int16,
    leader: string.nullable().default(null),
    leaderUrl: string.nullable().default(null),
    configOffset: int64,
    assigned: units.nullable().default(null),
    revoked: units.since(1).nullable(1).default(null).ignorable(),
    delayMs: int32.since(1).default(0).ignorable(),
  },
})

/** The leader could not see all configs that another member had seen. */
export const CONFIG_MISMATCH = 1

export interface Assignment {
  readonly error: number
  /** The leader's member id. */
  readonly leader: string
  readonly leaderUrl: string
  /** The end of the config topic by which the leader divided. */
  readonly configOffset: number
  readonly assigned: Units
  readonly revoked: Units
  /** Milliseconds after which everybody is to join again; 0 for not before something happens. */
  readonly delayMs: number
}

export interface MemberState {
  /** Where its REST is. */
  readonly url: string
  readonly configOffset: number
  /** What it has; undefined for a new member. */
  readonly assignment: Assignment | undefined
}

/** The number that stands for the connector itself. */
const CONNECTOR = -1

type Rows = { connector: string; tasks: number[] }[]

function toRows({ connectors, tasks }: Units): Rows {
  const rows = new Map<string, number[]>()
  const add = ({ connector, task }: TaskId) => {
    const row = rows.get(connector)
    row ? row.push(task) : rows.set(connector, [task])
  }
  for (const connector of connectors) add({ connector, task: CONNECTOR })
  for (const key of tasks) add(parseTaskKey(key) as TaskId)
  return Array.from(rows, ([connector, numbers]) => ({ connector, tasks: numbers }))
}

function fromRows(rows: Rows | null): Units {
  const all = (rows ?? []).flatMap(({ connector, tasks }) => tasks.map((task) => ({ connector, task })))
  return Units.of(
    all.filter(({ task }) => task === CONNECTOR).map(({ connector }) => connector),
    all.filter(({ task }) => task !== CONNECTOR),
  )
}

function withVersion(version: number, body: Buffer): Buffer {
  const head = Buffer.alloc(2)
  head.writeInt16BE(version)
  return Buffer.concat([head, body])
}

/** The version that stands before a message; those of later versions are read as the last one known. */
function readVersion(buffer: Buffer): { readonly version: number; readonly body: Buffer } {
  if (buffer.length < 2) throw new MalformedMessage('a message of a worker has no version')
  const version = buffer.readInt16BE(0)
  if (version < 0) throw new MalformedMessage(`workers have no protocol ${version}`)
  return { version: Math.min(version, SIGNED_VERSION), body: buffer.subarray(2) }
}

export function encodeAssignment(version: number, assignment: Assignment): Buffer {
  const { assigned, revoked, ...rest } = assignment
  const body = AssignmentMessage.encode(version, { ...rest, assigned: toRows(assigned), revoked: toRows(revoked) })
  return withVersion(version, body)
}

/** Throws `MalformedMessage`. */
export function decodeAssignment(buffer: Buffer): Assignment {
  const { version, body } = readVersion(buffer)
  const { assigned, revoked, leader, leaderUrl, ...rest } = AssignmentMessage.decode(version, body)
  return {
    ...rest,
    leader: leader ?? '',
    leaderUrl: leaderUrl ?? '',
    assigned: fromRows(assigned as Rows | null),
    revoked: fromRows(revoked as Rows | null),
  }
}

export function encodeMemberState(version: number, { url, configOffset, assignment }: MemberState): Buffer {
  const allocation = assignment ? encodeAssignment(version, assignment) : null
  return withVersion(version, WorkerState.encode(version, { url, configOffset, allocation }))
}

/** Throws `MalformedMessage`. */
export function decodeMemberState(buffer: Buffer): MemberState {
  const { version, body } = readVersion(buffer)
  const { url, configOffset, allocation } = WorkerState.decode(version, body)
  return { url, configOffset, assignment: allocation ? decodeAssignment(allocation) : undefined }
}
