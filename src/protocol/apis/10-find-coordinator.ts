import { api, array, int8, int16, int32, string } from '../schema/index.ts'

export const FindCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexible: 3,
  request: {
    key: string.until(3),
    keyType: int8.since(1),
    coordinatorKeys: array(string).since(4),
  },
  response: {
    throttleTimeMs: int32.since(1).ignorable(),
    errorCode: int16.until(3),
    errorMessage: string.since(1).until(3).nullable(1, 3).ignorable(),
    nodeId: int32.until(3),
    host: string.until(3),
    port: int32.until(3),
    coordinators: array({
      key: string.since(4),
      nodeId: int32.since(4),
      host: string.since(4),
      port: int32.since(4),
      errorCode: int16.since(4),
      errorMessage: string.since(4).nullable(4).ignorable(),
    }).since(4),
  },
})
