import { api, int16, int32, string, uuid } from '../schema/index.ts'

/** A controller stops being a voter of the metadata quorum (KIP-853). */
export const RemoveRaftVoter = api({
  key: 81,
  name: 'RemoveRaftVoter',
  versions: [0, 0],
  flexible: 0,
  to: 'controller',
  request: { clusterId: string.nullable(), voterId: int32, voterDirectoryId: uuid },
  response: { throttleTimeMs: int32, errorCode: int16, errorMessage: string.nullable().ignorable() },
})
