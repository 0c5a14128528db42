import { type Uuid, ZERO_UUID } from '../std/uuid.ts'

/** Ids of log directories that stand for none (KIP-858): from before they were told, not known yet, lost. */
export const MIGRATING = ZERO_UUID
export const UNASSIGNED: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ'
export const LOST: Uuid = 'AAAAAAAAAAAAAAAAAAAAAg'
