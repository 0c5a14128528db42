import { KafkaError } from '../../../protocol/errors.ts'
import type { Access } from '../access/access.ts'
import type { BrokerServices } from '../services.ts'

/** Why somebody may not change ACLs, as a row of an answer: there is nobody who would heed them, or the sender must not. */
export function aclRefusal({ authorizer }: Pick<BrokerServices, 'authorizer'>, access: Access) {
  const refusal = authorizer
    ? access.refusal('ALTER', 'CLUSTER')
    : new KafkaError('SECURITY_DISABLED', 'No Authorizer is configured.')
  return refusal && { errorCode: refusal.code, errorMessage: refusal.message }
}
