import {
  type Acl,
  type AclEntry,
  type AclFilter,
  type AclOperation,
  type AclResource,
  aclOperations,
} from '../../client/index.ts'

/** `describeConfigs`, which is all that Apache's tool knows, `describe-configs` and `DESCRIBE_CONFIGS` are the same. */
export function operationNamed(text: string): AclOperation | undefined {
  const plain = (name: string) => name.toUpperCase().replaceAll(/[^A-Z]/g, '')
  return aclOperations.find((name) => plain(name) === plain(text))
}

export const anyEntry: AclFilter['entry'] = { principal: null, host: null, operation: 'ANY', permission: 'ANY' }

export interface Grants {
  readonly allowed: readonly string[]
  readonly denied: readonly string[]
  /** Every host when empty. */
  readonly allowedHosts: readonly string[]
  readonly deniedHosts: readonly string[]
}

const ALL_HOSTS = '*'

/** One entry for each principal, host and operation. */
export function entriesFor(grants: Grants, operations: readonly AclOperation[]): AclEntry[] {
  const entries = (principals: readonly string[], hosts: readonly string[], permission: AclEntry['permission']) =>
    principals.flatMap((principal) =>
      (hosts.length > 0 ? hosts : [ALL_HOSTS]).flatMap((host) =>
        operations.map((operation) => ({ principal, host, operation, permission })),
      ),
    )
  return [
    ...entries(grants.allowed, grants.allowedHosts, 'ALLOW'),
    ...entries(grants.denied, grants.deniedHosts, 'DENY'),
  ]
}

/** `User:alice`; throws for what is no principal. */
export function checkPrincipal(text: string): string {
  if (!/^[^:]+:/.test(text)) throw new Error(`expected a string in format principalType:principalName but got ${text}`)
  return text
}

export const resourceText = ({ type, name, pattern }: { type: string; name: string | null; pattern: string }): string =>
  `ResourcePattern(resourceType=${type}, name=${name ?? '<any>'}, patternType=${pattern})`

export const entryText = ({ principal, host, operation, permission }: AclEntry): string =>
  `(principal=${principal}, host=${host}, operation=${operation}, permissionType=${permission})`

/** Entries by resource, in the order in which the resources come. */
export function byResource(acls: readonly Acl[]): { readonly resource: AclResource; readonly entries: AclEntry[] }[] {
  const found = new Map<string, { resource: AclResource; entries: AclEntry[] }>()
  for (const { resource, entry } of acls) {
    const key = resourceText(resource)
    const row = found.get(key) ?? { resource, entries: [] }
    found.set(key, row)
    row.entries.push(entry)
  }
  return [...found.values()]
}
