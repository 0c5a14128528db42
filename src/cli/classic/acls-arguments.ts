import { type AclOperation, type AclResource, patternTypes } from '../../client/index.ts'
import { CLUSTER_NAME, operationsOf } from '../../protocol/acl.ts'
import { operationNamed } from '../../tools/acls/bindings.ts'
import type { NamedResource } from '../../tools/acls/wanted.ts'
import type { CommandLine } from './command-line.ts'

const resourceOptions: readonly (readonly [string, AclResource['type']])[] = [
  ['topic', 'TOPIC'],
  ['group', 'GROUP'],
  ['transactional-id', 'TRANSACTIONAL_ID'],
  ['delegation-token', 'DELEGATION_TOKEN'],
  ['user-principal', 'USER'],
]

/** The resources that a line names. */
export function resourcesOf(line: CommandLine): NamedResource[] {
  const named = resourceOptions.flatMap(([option, type]) =>
    line.values(option).map((name) => ({ type, name: name.trim() })),
  )
  return line.has('cluster') ? [...named, { type: 'CLUSTER', name: CLUSTER_NAME }] : named
}

export const patternOf = (line: CommandLine): AclResource['pattern'] =>
  patternTypes.find((name) => name === line.value('resource-pattern-type')?.toUpperCase()) ?? 'LITERAL'

/** What Apache's tool does not know is UNKNOWN to it. */
export function operationsFrom(line: CommandLine): AclOperation[] {
  const texts = line.values('operation')
  return (texts.length > 0 ? texts : ['All']).map((text) => operationNamed(text) ?? 'UNKNOWN')
}

/** Complains about a line that makes no sense, with the option table. */
export function checkAcls(line: CommandLine): void {
  line.helpOrVersion('This tool helps to manage acls on kafka.')
  if (line.has('bootstrap-server') === line.has('bootstrap-controller'))
    line.usage(
      line.has('bootstrap-server')
        ? 'Only one of --bootstrap-server or --bootstrap-controller must be specified'
        : 'One of --bootstrap-server or --bootstrap-controller must be specified',
    )
  if (['list', 'add', 'remove'].filter((name) => line.has(name)).length !== 1)
    line.usage('Command must include exactly one action: --list, --add, --remove. ')
  line.forbid('list', ['producer', 'consumer', 'allow-host', 'allow-principal', 'deny-host', 'deny-principal'])
  line.forbid('producer', ['operation', 'deny-principal', 'deny-host'])
  line.forbid('consumer', ['operation', 'deny-principal', 'deny-host'])
  if (line.has('principal') && !line.has('list'))
    line.usage('The --principal option is only available if --list is set')
  const resources = resourcesOf(line)
  if (line.has('producer') && !line.has('topic')) line.usage('With --producer you must specify a --topic')
  if (line.has('idempotent') && !line.has('producer'))
    line.usage('The --idempotent option is only available if --producer is set')
  if (line.has('consumer')) {
    const isComplete = line.has('topic') && line.has('group')
    if (!isComplete || (!line.has('producer') && (line.has('cluster') || line.has('transactional-id'))))
      line.usage(
        'With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.',
      )
  }
  if (line.has('list')) return
  if (line.has('add') && !line.has('allow-principal') && !line.has('deny-principal'))
    line.usage('You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.')
  if (resources.length === 0)
    line.usage(
      'You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>',
    )
  const pattern = patternOf(line)
  if (line.has('add') && (pattern === 'ANY' || pattern === 'MATCH'))
    line.usage(`A '--resource-pattern-type' value of '${pattern}' is not valid when adding acls.`)
  checkOperations(line, resources)
}

function checkOperations(line: CommandLine, resources: readonly NamedResource[]): void {
  if (line.has('producer') || line.has('consumer')) return
  const asked = operationsFrom(line)
  for (const { type } of resources) {
    const known = operationsOf[type] ?? []
    if (asked.some((operation) => !known.includes(operation)))
      line.usage(`ResourceType ${type} only supports operations [${known.join(', ')}]`)
  }
}
