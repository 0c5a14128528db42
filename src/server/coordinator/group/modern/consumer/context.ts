import type { MetadataImage } from '../../../../metadata/image.ts'

/** What heartbeats are decided by, beside the group. */
export interface HeartbeatContext {
  /** Wall time in milliseconds. */
  readonly now: number
  readonly image: MetadataImage
  readonly maxSize: number
  readonly heartbeatIntervalMs: number
  readonly assignmentIntervalMs: number
  /** Of the group that does not ask for one. */
  readonly assignor: string
  /** Offset of the metadata at which topics came or went last. */
  readonly topicsVersion: number
}
