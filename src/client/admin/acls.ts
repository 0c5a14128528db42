import { type AclOperation, aclOperations, aclPermissions, aclResourceTypes, patternTypes } from '../../protocol/acl.ts'
import { CreateAcls, DeleteAcls, DescribeAcls } from '../../protocol/apis/index.ts'
import { Errors } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { itemError } from '../fan-out.ts'

export interface AclResource {
  readonly type: (typeof aclResourceTypes)[number]
  readonly name: string
  readonly pattern: (typeof patternTypes)[number]
}
export interface AclEntry {
  readonly principal: string
  readonly host: string
  readonly operation: AclOperation
  readonly permission: (typeof aclPermissions)[number]
}
export interface Acl {
  readonly resource: AclResource
  readonly entry: AclEntry
}
/** A name, principal or host that is null stands for any. */
export interface AclFilter {
  readonly resource: Omit<AclResource, 'name'> & { readonly name: string | null }
  readonly entry: Omit<AclEntry, 'principal' | 'host'> & {
    readonly principal: string | null
    readonly host: string | null
  }
}

const at = <T extends string>(names: readonly T[], number: number): T => names[number] ?? (names[0] as T)

const filterFields = ({ resource, entry }: AclFilter) => ({
  resourceTypeFilter: aclResourceTypes.indexOf(resource.type),
  resourceNameFilter: resource.name,
  patternTypeFilter: patternTypes.indexOf(resource.pattern),
  principalFilter: entry.principal,
  hostFilter: entry.host,
  operation: aclOperations.indexOf(entry.operation),
  permissionType: aclPermissions.indexOf(entry.permission),
})

interface WireEntry {
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

const entryOf = ({ principal, host, operation, permissionType }: WireEntry): AclEntry => ({
  principal,
  host,
  operation: at(aclOperations, operation),
  permission: at(aclPermissions, permissionType),
})

export async function describeAcls(cluster: Cluster, filter: AclFilter): Promise<Acl[]> {
  const response = await cluster.call(DescribeAcls, filterFields(filter), {
    call: 'describeAcls',
    errorOf: ({ errorCode, errorMessage }) => itemError(errorCode, errorMessage) ?? Errors.NONE,
  })
  return response.resources.flatMap(({ resourceType, resourceName, patternType, acls }) =>
    acls.map((entry) => ({
      resource: {
        type: at(aclResourceTypes, resourceType),
        name: resourceName,
        pattern: at(patternTypes, patternType),
      },
      entry: entryOf(entry),
    })),
  )
}

/** Throws the first complaint. */
export async function createAcls(cluster: Cluster, acls: readonly Acl[]): Promise<void> {
  const creations = acls.map(({ resource, entry }) => ({
    resourceType: aclResourceTypes.indexOf(resource.type),
    resourceName: resource.name,
    resourcePatternType: patternTypes.indexOf(resource.pattern),
    principal: entry.principal,
    host: entry.host,
    operation: aclOperations.indexOf(entry.operation),
    permissionType: aclPermissions.indexOf(entry.permission),
  }))
  await cluster.call(
    CreateAcls,
    { creations },
    { call: 'createAcls', errorOf: ({ results }) => firstError(results) ?? Errors.NONE },
  )
}

/** Throws the first complaint. */
export async function deleteAcls(cluster: Cluster, filters: readonly AclFilter[]): Promise<void> {
  await cluster.call(
    DeleteAcls,
    { filters: filters.map(filterFields) },
    { call: 'deleteAcls', errorOf: ({ filterResults }) => firstError(filterResults) ?? Errors.NONE },
  )
}

const firstError = (rows: readonly { readonly errorCode: number; readonly errorMessage: string | null }[]) =>
  rows.map(({ errorCode, errorMessage }) => itemError(errorCode, errorMessage)).find((error) => error !== undefined)
