import { NO_ANSWER, type Peer } from '../../../network/frame-handler.ts'
import type { Principal } from '../../../network/principal.ts'
import { Envelope } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { DefaultPrincipalData } from '../../../protocol/stored/principal-data.ts'
import { addressText } from '../../../std/ip-address.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { configs, plain, tokens } from './forwarded-apis.ts'

const forwardable: ReadonlySet<number> = new Set([...plain, ...tokens, ...configs].map(({ key }) => key))

/** Bytes of the length before an answer. */
const LENGTH = 4

/** A request of a client that a broker hands on, answered as if the client had come itself (KIP-590). */
export const envelope = (broker: Pick<BrokerServices, 'raft'>): Handler =>
  handler(Envelope, async ({ requestData, requestPrincipal, clientHostAddress }, { access, peer, router }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    if (!broker.raft.isActive) throw new KafkaError('NOT_CONTROLLER')
    const principal = principalOf(requestPrincipal)
    const remoteAddress = addressText(clientHostAddress)
    if (remoteAddress === undefined) throw new KafkaError('INVALID_REQUEST')
    const key = requestData.length >= 2 ? requestData.readInt16BE(0) : -1
    if (!forwardable.has(key)) throw new KafkaError('INVALID_REQUEST', `Request with key ${key} cannot be forwarded.`)
    const version = requestData.length >= 4 ? requestData.readInt16BE(2) : -1
    const served = router.apis.find(({ apiKey }) => apiKey === key)
    if (!served || version < served.minVersion || version > served.maxVersion)
      throw new KafkaError('UNSUPPORTED_VERSION')
    const answer = await router.handle(Buffer.from(requestData), inNameOf(peer, principal, remoteAddress))
    if (answer === NO_ANSWER) return { responseData: null, errorCode: 0 }
    return { responseData: Buffer.concat(answer.encode()).subarray(LENGTH), errorCode: 0 }
  })

function principalOf(bytes: Buffer | null): Principal {
  try {
    const version = bytes?.readInt16BE(0) ?? -1
    const { type, name, tokenAuthenticated } = DefaultPrincipalData.decode(version, bytes?.subarray(2) as Buffer)
    return { type, name, byToken: tokenAuthenticated }
  } catch {
    throw new KafkaError('PRINCIPAL_DESERIALIZATION_FAILURE')
  }
}

/** The client as far as it is known here. It has logged in at the broker, which also sees to its quotas. */
const inNameOf = (broker: Peer, principal: Principal, remoteAddress: string): Peer => ({
  id: broker.id,
  listener: broker.listener,
  remoteAddress,
  remotePort: broker.remotePort,
  localAddress: broker.localAddress,
  localPort: broker.localPort,
  principal,
  login: undefined,
  mute: () => {},
  get closed() {
    return broker.closed
  },
  onClosed: (callback) => broker.onClosed(callback),
})
