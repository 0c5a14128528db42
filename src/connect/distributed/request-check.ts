import type { DistributedConfig } from '../config/distributed-config.ts'
import type { TaskConfigsRequest } from '../rest/herder.ts'
import { badRequest, RequestError } from '../worker/request-error.ts'
import type { SessionKey } from './config-state.ts'
import { SIGNED_VERSION } from './protocol.ts'
import { isSigned } from './signature.ts'

/** Rejects with a `RequestError` for a request that does not come from a worker of the group. */
export async function checkSignature(
  { body, signature, algorithm }: TaskConfigsRequest,
  key: SessionKey | undefined,
  config: DistributedConfig,
  version: number,
): Promise<void> {
  if (version < SIGNED_VERSION) return
  if (signature === undefined || algorithm === undefined)
    throw badRequest('Internal request missing required signature')
  const known = config['inter.worker.verification.algorithms']
  if (!known.includes(algorithm))
    throw badRequest(
      `This worker does not support the '${algorithm}' key signing algorithm used by other workers. This worker is currently configured to use: [${known.join(', ')}]. Check that all workers' configuration files permit the same set of signature algorithms, and correct any misconfigured worker and restart it.`,
    )
  if (!key)
    throw new RequestError(
      503,
      'This worker is still starting up and has not been able to read a session key from the config topic yet',
    )
  if (!(await isSigned(body, key, algorithm, signature)))
    throw new RequestError(403, 'Internal request contained invalid signature.')
}
