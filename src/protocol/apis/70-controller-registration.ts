import { api, array, bool, int16, int32, string, uint16, uuid } from '../schema/index.ts'

/** A controller tells the active one where it is and what it can do (KIP-919). */
export const ControllerRegistration = api({
  key: 70,
  name: 'ControllerRegistration',
  versions: [0, 0],
  flexible: 0,
  to: 'controller',
  request: {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: bool,
    listeners: array({ name: string, host: string, port: uint16, securityProtocol: int16 }),
    features: array({ name: string, minSupportedVersion: int16, maxSupportedVersion: int16 }),
  },
  response: { throttleTimeMs: int32, errorCode: int16, errorMessage: string.nullable() },
})
