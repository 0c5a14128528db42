import { FindCoordinator } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { SharePartitionKey } from '../../replication/share/persister.ts'
import { type Handler, handler, type RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { brokerAddresses } from './03-metadata.ts'
import { attemptLater } from './attempt.ts'

const GROUP = 0
const TRANSACTION = 1
const SHARE = 2
const BATCHED = 4
const KNOWS_SHARE = 6
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
          ({ code, message }) => ({
            ...{ key, ...nobody, errorCode: code },
            errorMessage: isSaid(request.keyType, code, context.version) ? message : '',
          }),
        ),
      ),
    )
    if (context.version >= BATCHED) return { coordinators }
    const [{ key: _, ...only }] = coordinators as [(typeof coordinators)[number]]
    return { ...only, errorMessage: only.errorMessage === '' ? 'NONE' : only.errorMessage }
  })
}

/** Where several keys are asked for, most errors are told by their codes alone, as Apache's broker has it. */
function isSaid(type: number, code: number, version: number): boolean {
  if (version < BATCHED || code === Errors.CLUSTER_AUTHORIZATION_FAILED) return true
  return code === Errors.INVALID_REQUEST && type !== SHARE
}

async function locate(
  broker: BrokerServices,
  type: number,
  key: string,
  context: RequestContext,
): Promise<{ nodeId: number; host: string; port: number }> {
  const leader = await leaderFor(broker, type, key, context)
  const address = brokerAddresses(broker.image, context.peer.listener).find(({ nodeId }) => nodeId === leader)
  if (!address) throw new KafkaError(Errors.COORDINATOR_NOT_AVAILABLE)
  return { nodeId: address.nodeId, host: address.host, port: address.port }
}

async function leaderFor(
  broker: BrokerServices,
  type: number,
  key: string,
  { version, access }: RequestContext,
): Promise<number> {
  if (type === GROUP) {
    access.check('DESCRIBE', 'GROUP', key)
    return broker.groups.leaderFor(key)
  }
  if (type === TRANSACTION) {
    access.check('DESCRIBE', 'TRANSACTIONAL_ID', key)
    return broker.transactions.leaderFor(key)
  }
  const knowsShare = type === SHARE && version >= KNOWS_SHARE
  if (knowsShare) access.check('CLUSTER_ACTION', 'CLUSTER')
  const shared = knowsShare ? parseCoordinatorKey(key) : undefined
  if (!shared) throw new KafkaError('INVALID_REQUEST')
  return broker.shareCoordinator.leaderFor(shared)
}

/** A share partition's key: group, topic id and partition with colons between; the group may have some of its own. */
function parseCoordinatorKey(key: string): SharePartitionKey | undefined {
  const [, groupId = '', topicId = '', partition = ''] = /^(.+):([\w-]{22}):(-?\d+)$/s.exec(key) ?? []
  return groupId.trim() === '' ? undefined : { groupId, topicId, partition: Number(partition) }
}
