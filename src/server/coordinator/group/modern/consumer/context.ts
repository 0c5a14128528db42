import type { MetadataImage } from '../../../../metadata/image.ts'

export interface Migration {
  readonly upgrades: boolean
  readonly downgrades: boolean
  /** Most members of a group of the classic protocol. */
  readonly maxClassicSize: number
}

/** What heartbeats are decided by, beside the group. */
export interface HeartbeatContext {
  /** Wall time in milliseconds. */
  readonly now: number
  readonly image: MetadataImage
  readonly maxSize: number
  /** Which way groups with members may turn, from the classic protocol to this one and back. */
  readonly migration: Migration
  readonly heartbeatIntervalMs: number
  readonly assignmentIntervalMs: number
  /** Of the group that does not ask for one. */
  readonly assignor: string
  /** Offset of the metadata at which topics came or went last. */
  readonly topicsVersion: number
}
