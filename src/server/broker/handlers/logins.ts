import { LoginRefused } from '../../../network/sasl/server-exchange.ts'
import { SaslAuthenticate, SaslHandshake } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** Where everybody is in already, Kafka offers both calls and refuses them. */
export const logins = (broker: Pick<BrokerServices, 'log'>): Handler[] => [
  handler(SaslHandshake, async ({ mechanism }, { version, peer: { login }, isLast }) => {
    if (!login?.takesHandshake) return { errorCode: Errors.ILLEGAL_SASL_STATE, mechanisms: [] }
    const mechanisms = [...login.mechanisms]
    if (login.begin(mechanism, version === 0)) return { errorCode: Errors.NONE, mechanisms }
    isLast()
    await login.refuse()
    return { errorCode: Errors.UNSUPPORTED_SASL_MECHANISM, mechanisms }
  }),
  handler(SaslAuthenticate, async ({ authBytes }, { peer, isLast }) => {
    const { login } = peer
    if (!login?.isInExchange)
      return {
        errorCode: Errors.ILLEGAL_SASL_STATE,
        errorMessage: 'SaslAuthenticate request received after successful authentication',
        authBytes: Buffer.alloc(0),
        sessionLifetimeMs: 0,
      }
    try {
      const { answer, lifetimeMs } = await login.take(authBytes)
      return { errorCode: Errors.NONE, errorMessage: '', authBytes: answer, sessionLifetimeMs: lifetimeMs }
    } catch (error) {
      if (!(error instanceof LoginRefused)) throw error
      broker.log(`Failed authentication with ${peer.remoteAddress} at the listener ${peer.listener}: ${error.message}`)
      isLast()
      return {
        errorCode: Errors.SASL_AUTHENTICATION_FAILED,
        errorMessage: error.tell ?? error.message,
        authBytes: Buffer.alloc(0),
        sessionLifetimeMs: 0,
      }
    }
  }),
]
