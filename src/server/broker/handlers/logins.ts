import { SaslAuthenticate, SaslHandshake } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'

/** On a plaintext listener everybody is in already, so that Kafka offers both calls there and refuses them. */
export const logins = (): Handler[] => [
  handler(SaslHandshake, () => ({ errorCode: Errors.ILLEGAL_SASL_STATE, mechanisms: [] })),
  handler(SaslAuthenticate, () => ({
    errorCode: Errors.ILLEGAL_SASL_STATE,
    errorMessage: 'SaslAuthenticate request received after successful authentication',
    authBytes: Buffer.alloc(0),
    sessionLifetimeMs: 0,
  })),
]
