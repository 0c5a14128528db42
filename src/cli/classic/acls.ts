import type { Acl, AclFilter, AclOperation, AclResource, Admin } from '../../client/index.ts'
import {
  byResource,
  checkPrincipal,
  entriesFor,
  entryText,
  type Grants,
  resourceText,
} from '../../tools/acls/bindings.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, sentenceOf } from '../exit.ts'
import { checkAcls, operationsFrom, patternOf, resourcesOf } from './acls-arguments.ts'
import { aclsOptions } from './acls-options.ts'
import { CommandLine, finish } from './command-line.ts'
import { targetOf } from './era-options.ts'
import { javaText } from './java-error.ts'
import { withAdmin } from './with-admin.ts'

/** Apache's kafka-acls. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = CommandLine.orUsage(context, aclsOptions, args)
    checkAcls(line)
    try {
      return await run(line, context)
    } catch (error) {
      if ((error as Error).name === 'Exit') throw error
      context.console.out(
        `Error while executing ACL command: ${error instanceof Error ? javaText(error) : sentenceOf(error)}\n`,
      )
      return exitCode.failed
    }
  })

async function run(line: CommandLine, context: Context): Promise<number> {
  return withAdmin(context, await targetOf(line, context), line.value('command-config'), async (admin) => {
    if (line.has('add')) await add(line, admin, context)
    else if (line.has('remove')) await remove(line, admin, context)
    else await list(line, admin, context)
    return exitCode.done
  })
}

const anyEntry: AclFilter['entry'] = { principal: null, host: null, operation: 'ANY', permission: 'ANY' }

const grantsOf = (line: CommandLine): Grants => ({
  allowed: line.values('allow-principal').map(checkPrincipal),
  denied: line.values('deny-principal').map(checkPrincipal),
  allowedHosts: line.values('allow-host'),
  deniedHosts: line.values('deny-host'),
})

/** The resources of a line with the operations on each: those that were named, or what a producer or a consumer needs. */
function wanted(
  line: CommandLine,
): { readonly resource: AclFilter['resource']; readonly operations: readonly AclOperation[] }[] {
  const pattern = patternOf(line)
  const resources = resourcesOf(line)
  if (!line.has('producer') && !line.has('consumer')) {
    const operations = operationsFrom(line)
    return resources.map(({ type, name }) => ({ resource: { type, name, pattern }, operations }))
  }
  const roles: Partial<Record<AclResource['type'], AclOperation[]>> = {}
  const give = (type: AclResource['type'], ...operations: AclOperation[]) => {
    roles[type] = [...new Set([...(roles[type] ?? []), ...operations])]
  }
  if (line.has('producer')) {
    give('TOPIC', 'WRITE', 'DESCRIBE', 'CREATE')
    give('TRANSACTIONAL_ID', 'WRITE', 'DESCRIBE')
    if (line.has('idempotent')) give('CLUSTER', 'IDEMPOTENT_WRITE')
  }
  if (line.has('consumer')) {
    give('TOPIC', 'READ', 'DESCRIBE')
    give('GROUP', 'READ')
  }
  const named = line.has('idempotent') ? [...resources, { type: 'CLUSTER', name: 'kafka-cluster' } as const] : resources
  return named.flatMap(({ type, name }) => {
    const operations = roles[type]
    return operations
      ? [{ resource: { type, name, pattern: type === 'CLUSTER' ? 'LITERAL' : pattern }, operations }]
      : []
  })
}

async function add(line: CommandLine, admin: Admin, { console }: Context): Promise<void> {
  const grants = grantsOf(line)
  const acls: Acl[] = wanted(line).flatMap(({ resource, operations }) =>
    entriesFor(grants, operations).map((entry) => ({ resource: resource as AclResource, entry })),
  )
  // Apache's tool looks first, and so the first thing that is wrong is what the broker says to that.
  const [first] = acls
  if (first) await admin.describeAcls({ resource: first.resource, entry: anyEntry })
  await admin.createAcls(acls)
  // The blank before the first entry is Apache's.
  for (const { resource, entries } of byResource(acls))
    console.out(
      `Adding ACLs for resource \`${resourceText(resource)}\`: \n ${entries.map((entry) => `\t${entryText(entry)}\n`).join('')}\n`,
    )
}

async function remove(line: CommandLine, admin: Admin, context: Context): Promise<void> {
  const grants = grantsOf(line)
  for (const { resource, operations } of wanted(line)) {
    const entries = entriesFor(grants, operations)
    const target = `resource filter \`${resourceText(resource)}\``
    const question =
      entries.length === 0
        ? `Are you sure you want to delete all ACLs for ${target}? (y/n)`
        : `Are you sure you want to remove ACLs: \n ${entries.map((entry) => `\t${entryText(entry)}\n`).join('')} from ${target}? (y/n)`
    if (!line.has('force') && !(await agreed(question, context))) continue
    const filters = entries.length > 0 ? entries : [anyEntry]
    await admin.deleteAcls(filters.map((entry) => ({ resource, entry })))
  }
}

/** Asks whoever is at standard input; no answer is no. */
async function agreed(question: string, { console }: Context): Promise<boolean> {
  console.out(`${question}\n`)
  const input = console.input()
  try {
    return (await input.next())?.toString().trim().toLowerCase().startsWith('y') ?? false
  } finally {
    input.close()
  }
}

async function list(line: CommandLine, admin: Admin, { console }: Context): Promise<void> {
  const pattern = patternOf(line)
  const resources = resourcesOf(line)
  const filters: AclFilter['resource'][] =
    resources.length > 0
      ? resources.map((resource) => ({ ...resource, pattern }))
      : [{ type: 'ANY', name: null, pattern: line.has('resource-pattern-type') ? pattern : 'ANY' }]
  const principals = line.values('principal')
  const found: Acl[] = []
  for (const resource of filters) found.push(...(await admin.describeAcls({ resource, entry: anyEntry })))
  const print = (acls: readonly Acl[]) => {
    for (const { resource, entries } of byResource(acls))
      console.out(
        `Current ACLs for resource \`${resourceText(resource)}\`:\n${entries.map((entry) => `\t${entryText(entry)}\n`).join('')}\n`,
      )
  }
  if (principals.length === 0) return print(found)
  for (const principal of principals.map(checkPrincipal)) {
    console.out(`ACLs for principal \`${principal}\`\n`)
    print(found.filter(({ entry }) => entry.principal === principal))
  }
}
