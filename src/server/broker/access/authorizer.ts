import type { AuthorizerSettings } from '../../../config/authorizer.ts'
import type { Principal } from '../../../network/principal.ts'
import {
  type AclOperation,
  type AclResourceType,
  ANY_NAME,
  OperationNumber,
  PatternNumber,
  PermissionNumber,
  ResourceNumber,
} from '../../../protocol/acl.ts'
import { derived } from '../../../std/derived.ts'
import type { Uuid } from '../../../std/uuid.ts'
import { AclIndex, type AclRecord } from '../../metadata/acls.ts'

/** Whom a request comes from, and from where. */
export interface Requester {
  readonly principal: Pick<Principal, 'type' | 'name'>
  /** The ways to spell the address: as Node does, and as Java. */
  readonly hosts: readonly string[]
}

const EVERYBODY = 'User:*'
const ALL_HOSTS = '*'

/** Whoever is allowed one of these may describe the resource (KIP-11), or its configuration, too. A denial means itself alone. */
const implied: Partial<Record<AclOperation, readonly number[]>> = {
  DESCRIBE: [OperationNumber.READ, OperationNumber.WRITE, OperationNumber.DELETE, OperationNumber.ALTER],
  DESCRIBE_CONFIGS: [OperationNumber.ALTER_CONFIGS],
}

/** Says who may do what, from the ACLs in the metadata: what Kafka's StandardAuthorizer says (KIP-801). */
export class Authorizer {
  private readonly index: () => AclIndex

  constructor(
    private readonly settings: AuthorizerSettings,
    acls: () => ReadonlyMap<Uuid, AclRecord>,
  ) {
    this.index = derived(acls, (all) => new AclIndex(all.values()))
  }

  /** A denial that fits wins over whatever allows; where nothing speaks of the resource, it depends on the settings. */
  allows(requester: Requester, operation: AclOperation, type: AclResourceType, name: string): boolean {
    const user = nameOf(requester)
    if (this.settings.superUsers.has(user)) return true
    let isSpokenOf = false
    let isAllowed = false
    for (const acl of this.index().about(ResourceNumber[type], name)) {
      isSpokenOf = true
      if (!isAbout(acl, user, requester.hosts) || !covers(acl, operation)) continue
      if (acl.permissionType === PermissionNumber.DENY) return false
      isAllowed = true
    }
    return isAllowed || (!isSpokenOf && this.settings.everyoneWithoutAcl)
  }

  /** Whether there could be a resource of the type with which the operation is allowed. */
  allowsOnAny(requester: Requester, operation: AclOperation, type: AclResourceType): boolean {
    // A name of which no entry speaks: super users, and those who may do it with all resources.
    if (this.allows(requester, operation, type, 'hardcode')) return true
    const number = OperationNumber[operation]
    const user = nameOf(requester)
    const fitting = this.index()
      .ofType(ResourceNumber[type])
      .filter((acl) => isAbout(acl, user, requester.hosts) && isOperation(acl, number))
    const denied = fitting.filter(({ permissionType }) => permissionType === PermissionNumber.DENY)
    if (denied.some((acl) => isOfAll(acl))) return false
    return fitting.some(
      (acl) => acl.permissionType === PermissionNumber.ALLOW && !denied.some((one) => hides(one, acl)),
    )
  }
}

export const nameOf = ({ principal: { type, name } }: Requester): string => `${type}:${name}`

const isAbout = ({ principal, host }: AclRecord, user: string, hosts: readonly string[]): boolean =>
  (principal === user || principal === EVERYBODY) && (host === ALL_HOSTS || hosts.includes(host))

const isOperation = (acl: AclRecord, number: number): boolean =>
  acl.operation === number || acl.operation === OperationNumber.ALL

function covers(acl: AclRecord, operation: AclOperation): boolean {
  if (isOperation(acl, OperationNumber[operation])) return true
  return acl.permissionType === PermissionNumber.ALLOW && (implied[operation]?.includes(acl.operation) ?? false)
}

const isPrefix = ({ patternType }: AclRecord): boolean => patternType === PatternNumber.PREFIXED
const isOfAll = (acl: AclRecord): boolean => !isPrefix(acl) && acl.resourceName === ANY_NAME

/** Whether a denial leaves nothing of what an entry allows. */
function hides(denial: AclRecord, allowed: AclRecord): boolean {
  if (isPrefix(denial)) return allowed.resourceName.startsWith(denial.resourceName)
  return !isPrefix(allowed) && allowed.resourceName === denial.resourceName
}
