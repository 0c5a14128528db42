import { api, int16, int32, string } from '../schema/index.ts'

export const UnregisterBroker = api({
  key: 64,
  name: 'UnregisterBroker',
  versions: [0, 0],
  flexible: 0,
  to: 'controller',
  request: { brokerId: int32 },
  response: { throttleTimeMs: int32, errorCode: int16, errorMessage: string.nullable() },
})
