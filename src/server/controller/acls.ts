import {
  ANY_NAME,
  aclOperations,
  aclPermissions,
  aclResourceTypes,
  CLUSTER_NAME,
  OperationNumber,
  PatternNumber,
  PermissionNumber,
  patternTypes,
  ResourceNumber,
} from '../../protocol/acl.ts'
import type { CreateAcls, DeleteAcls, DescribeAcls } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import { MalformedMessage, type RequestOf, type ResponseInput } from '../../protocol/schema/index.ts'
import { randomUuid } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { AclRecord } from '../metadata/acls.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'

/** Access control lists: decisions about their entries, which are records of the metadata (KIP-11, KIP-801). */

const UNKNOWN = 0

type Creation = RequestOf<typeof CreateAcls>['creations'][number]
type Described = ResponseInput<typeof DescribeAcls>
/** Names, principals and hosts that are null stand for any. */
export type AclFilter = RequestOf<typeof DeleteAcls>['filters'][number]

const textOf = (acl: Omit<AclRecord, 'id'>): string =>
  JSON.stringify([
    acl.resourceType,
    acl.patternType,
    acl.resourceName,
    acl.principal,
    acl.host,
    acl.operation,
    acl.permissionType,
  ])

/** An entry that is there already is not made again, which is no error. */
export function createAcls(
  { image, random }: ControllerContext,
  creations: readonly Creation[],
): MetadataDecision<ResponseInput<typeof CreateAcls>['results']> {
  const known = new Set(Array.from(image.acls.values(), textOf))
  const records: MetadataRecord[] = []
  const reply = creations.map(({ resourcePatternType: patternType, ...creation }) => {
    const acl = { ...creation, patternType }
    try {
      check(acl)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { errorCode: error.code, errorMessage: error.message }
    }
    if (!known.has(textOf(acl))) {
      known.add(textOf(acl))
      records.push(metadataRecord('AccessControlEntryRecord', 0, { id: randomUuid(random), ...acl }))
    }
    return { errorCode: Errors.NONE, errorMessage: '' }
  })
  return { records, reply }
}

const refuse = (sentence: string): KafkaError => new KafkaError('INVALID_REQUEST', sentence)

/** Throws INVALID_REQUEST for what is no entry. */
function check(acl: Omit<AclRecord, 'id'>): void {
  const { resourceType, resourceName, principal } = acl
  if (resourceType === ResourceNumber.CLUSTER && resourceName !== CLUSTER_NAME)
    throw refuse(`The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`)
  if (resourceName === '') throw refuse('Invalid empty resource name')
  if (!principal.includes(':'))
    throw refuse(
      `Could not parse principal from \`${principal}\` (no colon is present separating the principal type from the principal name)`,
    )
  mustBe('resourceType', acl.resourceType, aclResourceTypes, ResourceNumber.TOPIC)
  mustBe('patternType', acl.patternType, patternTypes, PatternNumber.LITERAL)
  mustBe('operation', acl.operation, aclOperations, OperationNumber.ALL)
  mustBe('permissionType', acl.permissionType, aclPermissions, PermissionNumber.DENY)
}

/** The names before the first are for filters. */
function mustBe(what: string, number: number, names: readonly string[], first: number): void {
  if (number < first || number >= names.length) throw refuse(`Invalid ${what} ${names[number] ?? 'UNKNOWN'}`)
}

/** Takes out all entries that fit a filter; one that fits several is told of with each of them. */
export function deleteAcls(
  { image }: ControllerContext,
  filters: readonly AclFilter[],
): MetadataDecision<ResponseInput<typeof DeleteAcls>['filterResults']> {
  const removed = new Set<Uuid>()
  const reply = filters.map((filter) => {
    const complaint = complaintOf(filter)
    if (complaint) return { errorCode: Errors.INVALID_REQUEST, errorMessage: complaint, matchingAcls: [] }
    const matching = [...image.acls.values()].filter((acl) => matches(filter, acl))
    for (const { id } of matching) removed.add(id)
    return {
      errorCode: Errors.NONE,
      errorMessage: null,
      matchingAcls: matching.map(({ id: _, ...acl }) => ({ errorCode: Errors.NONE, errorMessage: null, ...acl })),
    }
  })
  return { records: Array.from(removed, (id) => metadataRecord('RemoveAccessControlEntryRecord', 0, { id })), reply }
}

function complaintOf({ resourceTypeFilter, patternTypeFilter, operation, permissionType }: AclFilter) {
  if (!(resourceTypeFilter in aclResourceTypes && patternTypeFilter in patternTypes)) return 'Unknown patternFilter.'
  return operation in aclOperations && permissionType in aclPermissions ? undefined : 'Unknown entryFilter.'
}

/** Numbers of which not even their sender can say what they mean end the connection, as in Kafka. Throws `MalformedMessage`. */
export function checkNumbers(numbers: readonly number[]): void {
  if (numbers.includes(UNKNOWN)) throw new MalformedMessage('an ACL with an unknown element')
}

/** The entries that fit a filter, by the pattern of resources that they speak of. */
export function describeAcls({ acls }: MetadataImage, filter: AclFilter): Described['resources'] {
  const patterns = new Map<string, AclRecord[]>()
  for (const acl of acls.values()) {
    if (!matches(filter, acl)) continue
    const key = `${acl.resourceType}:${acl.patternType}:${acl.resourceName}`
    patterns.set(key, [...(patterns.get(key) ?? []), acl])
  }
  return Array.from(patterns.values(), (entries) => {
    const { resourceType, resourceName, patternType } = entries[0] as AclRecord
    const acls = entries.map(({ principal, host, operation, permissionType }) => ({
      ...{ principal, host, operation, permissionType },
    }))
    return { resourceType, resourceName, patternType, acls }
  })
}

function matches(filter: AclFilter, acl: AclRecord): boolean {
  const { principalFilter, hostFilter, operation, permissionType } = filter
  return (
    isPattern(filter, acl) &&
    (principalFilter === null || principalFilter === acl.principal) &&
    (hostFilter === null || hostFilter === acl.host) &&
    (operation === OperationNumber.ANY || operation === acl.operation) &&
    (permissionType === PermissionNumber.ANY || permissionType === acl.permissionType)
  )
}

/** A MATCH finds all patterns that speak of the resource that it names; the others find patterns of that very name. */
function isPattern({ resourceTypeFilter, resourceNameFilter: name, patternTypeFilter }: AclFilter, acl: AclRecord) {
  const { resourceType, resourceName, patternType } = acl
  if (resourceTypeFilter !== ResourceNumber.ANY && resourceTypeFilter !== resourceType) return false
  const isMatch = patternTypeFilter === PatternNumber.MATCH
  if (!isMatch && patternTypeFilter !== PatternNumber.ANY && patternTypeFilter !== patternType) return false
  if (name === null || name === resourceName) return true
  if (!isMatch) return false
  return patternType === PatternNumber.PREFIXED ? name.startsWith(resourceName) : resourceName === ANY_NAME
}
