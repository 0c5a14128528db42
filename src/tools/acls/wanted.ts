import type { AclFilter, AclOperation, AclResource } from '../../client/index.ts'
import { CLUSTER_NAME } from '../../protocol/acl.ts'

export type NamedResource = Pick<AclResource, 'type' | 'name'>

/** What somebody does with the resources, instead of operations by name. */
export interface Roles {
  readonly producer: boolean
  readonly consumer: boolean
  /** Of a producer: it may ask for an id without a transaction, too. */
  readonly idempotent: boolean
}

export interface Wish {
  readonly resources: readonly NamedResource[]
  readonly pattern: AclResource['pattern']
  readonly operations: readonly AclOperation[]
  readonly roles: Roles
}

/** The resources with the operations on each: those that were named, or what a producer or a consumer needs. */
export function wanted({
  resources,
  pattern,
  operations,
  roles,
}: Wish): { readonly resource: AclFilter['resource']; readonly operations: readonly AclOperation[] }[] {
  if (!roles.producer && !roles.consumer)
    return resources.map(({ type, name }) => ({ resource: { type, name, pattern }, operations }))
  const needed = operationsFor(roles)
  const named = roles.idempotent ? [...resources, { type: 'CLUSTER', name: CLUSTER_NAME } as const] : resources
  return named.flatMap(({ type, name }) => {
    const found = needed[type]
    const resource = { type, name, pattern: type === 'CLUSTER' ? ('LITERAL' as const) : pattern }
    return found ? [{ resource, operations: found }] : []
  })
}

function operationsFor({
  producer,
  consumer,
  idempotent,
}: Roles): Partial<Record<AclResource['type'], AclOperation[]>> {
  const needed: Partial<Record<AclResource['type'], AclOperation[]>> = {}
  const give = (type: AclResource['type'], ...operations: AclOperation[]) => {
    needed[type] = [...new Set([...(needed[type] ?? []), ...operations])]
  }
  if (producer) {
    give('TOPIC', 'WRITE', 'DESCRIBE', 'CREATE')
    give('TRANSACTIONAL_ID', 'WRITE', 'DESCRIBE')
    if (idempotent) give('CLUSTER', 'IDEMPOTENT_WRITE')
  }
  if (consumer) {
    give('TOPIC', 'READ', 'DESCRIBE')
    give('GROUP', 'READ')
  }
  return needed
}
