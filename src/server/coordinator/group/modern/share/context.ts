import type { Uuid } from '../../../../../std/uuid.ts'
import type { MetadataImage } from '../../../../metadata/image.ts'

/** What a heartbeat's decision needs to know beside the group. */
export interface ShareHeartbeatContext {
  /** Wall time in milliseconds. */
  readonly now: number
  readonly image: MetadataImage
  readonly maxSize: number
  readonly heartbeatIntervalMs: number
  readonly assignmentIntervalMs: number
  /** Whether partitions that are being set up have been so for so long that they are to be tried again. */
  retries(topicId: Uuid): boolean
}
