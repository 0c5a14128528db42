import { type Answer, type Peer, Stranger } from '../../network/frame-handler.ts'
import type { LoginSession } from '../../network/sasl/login-session.ts'
import { ApiVersions, SaslAuthenticate, SaslHandshake } from '../../protocol/apis/index.ts'

/** Throws when a request has no place in what was said so far at a listener with logins, to have the connection closed. */
export function admit(login: LoginSession, key: number, name: string): void {
  if (login.isOpen) {
    if (login.isExpired && key !== SaslHandshake.key) throw new Stranger('goes on after the end of its login at')
  } else if (!login.isInExchange && key !== ApiVersions.key && key !== SaslHandshake.key)
    throw new Stranger(`does not log in, and sends ${name} to`)
}

/** Whether a request comes in the middle of a login. It is answered, and then the connection ends. */
export const interrupts = (login: LoginSession, key: number): boolean =>
  login.isInExchange && key !== SaslAuthenticate.key

/** A message of the mechanism without a request around it, as clients before Kafka 1.0 send it, and its answer. */
export async function takeBareMessage(login: LoginSession, message: Buffer, peer: Peer): Promise<Answer> {
  const { answer } = await login.take(message).catch((error: Error) => {
    throw new Error(`its login failed: ${error.message}`)
  })
  const size = Buffer.alloc(4)
  size.writeInt32BE(answer.length)
  return { encode: () => (peer.closed ? [] : [size, answer]) }
}
