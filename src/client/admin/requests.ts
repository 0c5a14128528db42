import { KafkaError } from '../../protocol/errors.ts'
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Cluster } from '../cluster.ts'

/** Who is asked: any node, the active controller, one node, or who coordinates a group or a transactional id. */
export type RequestTarget =
  | 'any'
  | 'controller'
  | { readonly node: number }
  | { readonly group: string }
  | { readonly transactionalId: string }

export interface RequestOptions {
  /** By default who the API is for, where that is the controller, else any node. */
  readonly to?: RequestTarget
  /** By default the highest that both sides have. */
  readonly version?: number
}

/** Sends one request as it is. Rejects with UNSUPPORTED_VERSION for a version that the node does not have. */
export async function sendRequest<A extends Api>(
  cluster: Cluster,
  api: A,
  request: RequestInput<A>,
  { to, version }: RequestOptions,
): Promise<{ readonly version: number; readonly response: ResponseOf<A> }> {
  let agreed = -1
  const say = (found: number): RequestInput<A> => {
    if (version !== undefined && found !== version)
      throw new KafkaError('UNSUPPORTED_VERSION', `The node has ${api.name} up to version ${found}, not ${version}.`)
    agreed = found
    return request
  }
  const response = await cluster.call(api, say, { call: api.name, to, maxVersion: version })
  return { version: agreed, response }
}
