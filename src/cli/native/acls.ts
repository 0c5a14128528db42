import { Flags } from '@oclif/core'
import type { Acl, AclOperation, AclResource } from '../../client/index.ts'
import { CLUSTER_NAME, operationsOf } from '../../protocol/acl.ts'
import { operationNamed } from '../../tools/acls/bindings.ts'
import type { NamedResource } from '../../tools/acls/wanted.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'
import type { Column } from './output.ts'

const named = (description: string) => Flags.string({ multiple: true, multipleNonGreedy: true, description })

/** What an ACL is about. */
export const resourceFlags = {
  topic: named('Topics'),
  group: named('Groups'),
  'transactional-id': named('Transactional ids of producers'),
  'delegation-token': named('Delegation tokens by id'),
  user: named("Users, whose tokens it is about: 'User:alice'"),
  cluster: Flags.boolean({ description: 'The cluster itself' }),
}

/** What may be done, and by which pattern the names are taken. */
export const operationFlags = {
  operation: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'name',
    description: 'read, write, create, describe-configs ... [default: all]',
  }),
  prefixed: Flags.boolean({ description: 'Names stand for all that begin with them' }),
}

interface ResourceFlags {
  readonly topic?: readonly string[] | undefined
  readonly group?: readonly string[] | undefined
  readonly 'transactional-id'?: readonly string[] | undefined
  readonly 'delegation-token'?: readonly string[] | undefined
  readonly user?: readonly string[] | undefined
  readonly cluster: boolean
}

export function resourcesFrom(flags: ResourceFlags): NamedResource[] {
  const of = (type: AclResource['type'], names: readonly string[] = []) => names.map((name) => ({ type, name }))
  return [
    ...of('TOPIC', flags.topic),
    ...of('GROUP', flags.group),
    ...of('TRANSACTIONAL_ID', flags['transactional-id']),
    ...of('DELEGATION_TOKEN', flags['delegation-token']),
    ...of('USER', flags.user),
    ...of('CLUSTER', flags.cluster ? [CLUSTER_NAME] : []),
  ]
}

/** Throws for an operation that there is not, or not on one of the resources. */
export function operationsFrom(texts: readonly string[], resources: readonly NamedResource[]): AclOperation[] {
  const operations = texts.map((text) => {
    const operation = operationNamed(text)
    if (operation === undefined) throw new InvalidRequest(`There is no operation ${text}.`)
    return operation
  })
  for (const { type } of resources) {
    const known = operationsOf[type] ?? []
    const wrong = operations.find((operation) => !known.includes(operation))
    if (wrong !== undefined)
      throw new InvalidRequest(
        `${plainWord(wrong)} is no operation on a ${plainWord(type)}: ${known.map(plainWord).join(', ')}`,
      )
  }
  return operations
}

/** `DESCRIBE_CONFIGS` as it is written here. */
const plainWord = (name: string): string => name.toLowerCase().replaceAll('_', '-')

export interface AclRow {
  readonly resourceType: string
  readonly name: string
  readonly pattern: string
  readonly principal: string
  readonly host: string
  readonly operation: string
  readonly permission: string
}

export const aclRow = ({ resource, entry }: Acl): AclRow => ({
  resourceType: plainWord(resource.type),
  name: resource.name,
  pattern: plainWord(resource.pattern),
  principal: entry.principal,
  host: entry.host,
  operation: plainWord(entry.operation),
  permission: plainWord(entry.permission),
})

export const aclColumns: Column<AclRow>[] = [
  { title: 'RESOURCE', value: ({ resourceType }) => resourceType },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'PATTERN', value: ({ pattern }) => pattern },
  { title: 'PRINCIPAL', value: ({ principal }) => principal },
  { title: 'HOST', value: ({ host }) => host },
  { title: 'OPERATION', value: ({ operation }) => operation },
  { title: 'PERMISSION', value: ({ permission }) => permission, alarm: ({ permission }) => permission === 'deny' },
]
