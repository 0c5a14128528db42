import { decodeRecords, encodeBatch } from '../../protocol/records/record.ts'
import { Writer } from '../../protocol/schema/index.ts'
import {
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from '../../protocol/stored/control-records.ts'
import type { Uuid } from '../../std/uuid.ts'

/** Types of control records, as their keys carry them. */
const ControlType = { leaderChange: 2, snapshotHeader: 3, snapshotFooter: 4, kraftVersion: 5, voters: 6 } as const

interface Place {
  readonly baseOffset: number
  readonly leaderEpoch: number
  readonly timestamp: number
}

export interface ControlRecord {
  readonly type: number
  readonly value: Buffer
}

function controlKey(type: number): Buffer {
  const writer = new Writer(4)
  writer.int16(0)
  writer.int16(type)
  return writer.concat()
}

export function controlBatch(records: readonly ControlRecord[], { baseOffset, leaderEpoch, timestamp }: Place): Buffer {
  return encodeBatch(
    records.map(({ type, value }) => ({ key: controlKey(type), value, timestamp })),
    { baseOffset, leaderEpoch, control: true },
  )
}

export const leaderChange = (
  leaderId: number,
  voters: readonly number[],
  grantedBy: readonly number[],
): ControlRecord => ({
  type: ControlType.leaderChange,
  value: LeaderChangeMessage.encode(0, {
    version: 0,
    leaderId,
    voters: voters.map((voterId) => ({ voterId })),
    grantingVoters: grantedBy.map((voterId) => ({ voterId })),
  }),
})

export const snapshotHeader = (lastContainedLogTimestamp: number): ControlRecord => ({
  type: ControlType.snapshotHeader,
  value: SnapshotHeaderRecord.encode(0, { version: 0, lastContainedLogTimestamp }),
})

export const snapshotFooter = (): ControlRecord => ({
  type: ControlType.snapshotFooter,
  value: SnapshotFooterRecord.encode(0, { version: 0 }),
})

/** The dynamic quorum's records of a control batch (KIP-853): the kraft.version level, and the voters as they are stored. */
export function quorumRecords(batch: Buffer): { kraftVersion?: number; voters?: ControlRecord } {
  const found: { kraftVersion?: number; voters?: ControlRecord } = {}
  for (const { key, value } of decodeRecords(batch)) {
    const type = key?.readInt16BE(2)
    if (type === ControlType.kraftVersion && value)
      found.kraftVersion = KRaftVersionRecord.decode(0, value).kRaftVersion
    if (type === ControlType.voters && value) found.voters = { type, value: Buffer.from(value) }
  }
  return found
}

export const kraftVersionRecord = (kRaftVersion: number): ControlRecord => ({
  type: ControlType.kraftVersion,
  value: KRaftVersionRecord.encode(0, { version: 0, kRaftVersion }),
})

/** A voter of a dynamic quorum: its metadata directory belongs to what it is (KIP-853). */
export interface QuorumVoter {
  readonly id: number
  readonly directoryId: Uuid
  readonly endpoint: { readonly name: string; readonly host: string; readonly port: number }
}

/** The levels of `kraft.version` that a voter of ours can do. */
export const supportedKRaftVersions = { minSupportedVersion: 0, maxSupportedVersion: 1 }

export const votersRecord = (voters: readonly QuorumVoter[]): ControlRecord => ({
  type: ControlType.voters,
  value: VotersRecord.encode(0, {
    version: 0,
    voters: voters.map(({ id, directoryId, endpoint }) => ({
      voterId: id,
      voterDirectoryId: directoryId,
      endpoints: [endpoint],
      kRaftVersionFeature: supportedKRaftVersions,
    })),
  }),
})

export type StoredVoter = ReturnType<typeof VotersRecord.decode>['voters'][number]

/** The voters in a record of them, with all that it says. */
export const storedVoters = ({ value }: ControlRecord): StoredVoter[] => VotersRecord.decode(0, value).voters

export const storedVotersRecord = (voters: readonly StoredVoter[]): ControlRecord => ({
  type: ControlType.voters,
  value: VotersRecord.encode(0, { version: 0, voters: [...voters] }),
})

/** The voters in a record of them, each with the first of its addresses. */
export const votersIn = (record: ControlRecord): QuorumVoter[] =>
  storedVoters(record).map(({ voterId, voterDirectoryId, endpoints }) => ({
    id: voterId,
    directoryId: voterDirectoryId,
    endpoint: endpoints[0] ?? { name: '', host: '', port: 0 },
  }))
