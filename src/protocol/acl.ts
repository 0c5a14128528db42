/** The words of access control lists (KIP-11, KIP-290), each list in the order of its numbers on the wire. The first two are what no entry is, and any. */

export const aclResourceTypes = [
  'UNKNOWN',
  'ANY',
  'TOPIC',
  'GROUP',
  'CLUSTER',
  'TRANSACTIONAL_ID',
  'DELEGATION_TOKEN',
  'USER',
] as const
export const patternTypes = ['UNKNOWN', 'ANY', 'MATCH', 'LITERAL', 'PREFIXED'] as const
export const aclOperations = [
  'UNKNOWN',
  'ANY',
  'ALL',
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
  'CREATE_TOKENS',
  'DESCRIBE_TOKENS',
  'TWO_PHASE_COMMIT',
] as const
export const aclPermissions = ['UNKNOWN', 'ANY', 'DENY', 'ALLOW'] as const

export type AclResourceType = (typeof aclResourceTypes)[number]
export type AclOperation = (typeof aclOperations)[number]

type Numbers<T extends string> = Readonly<Record<T, number>>
const numbered = <T extends string>(names: readonly T[]): Numbers<T> =>
  Object.fromEntries(names.map((name, number) => [name, number])) as Numbers<T>

export const ResourceNumber = numbered(aclResourceTypes)
export const PatternNumber = numbered(patternTypes)
export const OperationNumber = numbered(aclOperations)
export const PermissionNumber = numbered(aclPermissions)

/** The name of the only resource of its type. */
export const CLUSTER_NAME = 'kafka-cluster'
/** A literal pattern of this name stands for all resources of its type. */
export const ANY_NAME = '*'

/** What operations there are on resources of a kind, in the order in which Apache's tool names them. */
export const operationsOf: Readonly<Partial<Record<AclResourceType, readonly AclOperation[]>>> = {
  TOPIC: ['DESCRIBE', 'ALTER', 'DELETE', 'DESCRIBE_CONFIGS', 'CREATE', 'ALTER_CONFIGS', 'WRITE', 'READ', 'ALL'],
  GROUP: ['DESCRIBE', 'DELETE', 'READ', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'ALL'],
  CLUSTER: [
    'DESCRIBE',
    'CLUSTER_ACTION',
    'ALTER',
    'DESCRIBE_CONFIGS',
    'CREATE',
    'ALTER_CONFIGS',
    'IDEMPOTENT_WRITE',
    'ALL',
  ],
  TRANSACTIONAL_ID: ['DESCRIBE', 'WRITE', 'TWO_PHASE_COMMIT', 'ALL'],
  DELEGATION_TOKEN: ['DESCRIBE', 'ALL'],
  USER: ['CREATE_TOKENS', 'DESCRIBE_TOKENS', 'ALL'],
}
