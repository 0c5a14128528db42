import { FindCoordinator } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { type Handler, handler, type RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { brokerAddresses } from './03-metadata.ts'
import { attemptLater } from './attempt.ts'

const GROUP = 0
const TRANSACTION = 1
const BATCHED = 4
const nobody = { nodeId: -1, host: '', port: -1 }

export function findCoordinator(broker: BrokerServices): Handler {
  return handler(FindCoordinator, async (request, context) => {
    const keys = context.version >= BATCHED ? request.coordinatorKeys : [request.key]
    const coordinators = await Promise.all(
      keys.map((key) =>
        attemptLater(
          async () => ({
            key,
            ...(await locate(broker, request.keyType, key, context)),
            errorCode: 0,
            errorMessage: '',
          }),
          (error) => ({ key, ...nobody, errorCode: error.code, errorMessage: error.message }),
        ),
      ),
    )
    if (context.version >= BATCHED) return { coordinators }
    const [{ key: _, ...only }] = coordinators as [(typeof coordinators)[number]]
    return { ...only, errorMessage: only.errorMessage === '' ? 'NONE' : only.errorMessage }
  })
}

async function locate(
  broker: BrokerServices,
  type: number,
  key: string,
  { peer }: RequestContext,
): Promise<{ nodeId: number; host: string; port: number }> {
  if (type !== GROUP && type !== TRANSACTION) throw new KafkaError('INVALID_REQUEST')
  const leader = await (type === GROUP ? broker.groups : broker.transactions).leaderFor(key)
  const address = brokerAddresses(broker.image, peer.listener).find(({ nodeId }) => nodeId === leader)
  if (!address) throw new KafkaError(Errors.COORDINATOR_NOT_AVAILABLE)
  return { nodeId: address.nodeId, host: address.host, port: address.port }
}
