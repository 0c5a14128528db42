import type { StreamsGroupHeartbeat } from '../../../../../protocol/apis/index.ts'
import type { RequestOf } from '../../../../../protocol/schema/index.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'

export interface StreamsHeartbeatRequest extends RequestOf<typeof StreamsGroupHeartbeat> {
  readonly clientId: string
  readonly clientHost: string
}

/** What heartbeats are decided by, beside the group. */
export interface StreamsContext {
  /** Wall time in milliseconds. */
  readonly now: number
  readonly image: MetadataImage
  readonly maxSize: number
  readonly heartbeatIntervalMs: number
  readonly assignmentIntervalMs: number
  readonly standbyReplicas: number
  /** Which of the application's own topics could not be made, and why. */
  readonly creationFailure: string | undefined
  /** Whether the group waits for more members before its first assignment, or will when this one is in. */
  readonly isDelayed: boolean
  readonly delaysFirst: boolean
}
