import { array, int32, string, uint16 } from '../schema/index.ts'

/** Where nodes of the quorum are that an answer names. */
export const nodeEndpoints = array({ nodeId: int32.since(1), host: string.since(1), port: uint16.since(1) })
  .since(1)
  .tag(0)

/** Where a leader is reached that makes itself known. */
export const leaderEndpoints = array({ name: string.since(1), host: string.since(1), port: uint16.since(1) })
  .since(1)
  .ignorable()
