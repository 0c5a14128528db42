import type { Acl, AclEntry, AclFilter, AclResource, Admin } from '../../client/index.ts'
import {
  anyEntry,
  byResource,
  checkPrincipal,
  entriesFor,
  entryText,
  type Grants,
  resourceText,
} from '../../tools/acls/bindings.ts'
import { type Wish, wanted } from '../../tools/acls/wanted.ts'
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

const grantsOf = (line: CommandLine): Grants => ({
  allowed: line.values('allow-principal').map(checkPrincipal),
  denied: line.values('deny-principal').map(checkPrincipal),
  allowedHosts: line.values('allow-host'),
  deniedHosts: line.values('deny-host'),
})

const wishOf = (line: CommandLine): Wish => ({
  resources: resourcesOf(line),
  pattern: patternOf(line),
  operations: operationsFrom(line),
  roles: {
    producer: line.has('producer'),
    consumer: line.has('consumer'),
    idempotent: line.has('idempotent'),
  },
})

async function add(line: CommandLine, admin: Admin, { console }: Context): Promise<void> {
  const grants = grantsOf(line)
  const acls: Acl[] = wanted(wishOf(line)).flatMap(({ resource, operations }) =>
    entriesFor(grants, operations).map((entry) => ({ resource: resource as AclResource, entry })),
  )
  for (const { resource, entries } of byResource(acls)) {
    const present = await admin.describeAcls({ resource, entry: anyEntry })
    const isThere = (entry: AclEntry) => present.some((one) => entryText(one.entry) === entryText(entry))
    for (const entry of entries.filter(isThere))
      console.out(`Acl (pattern=${resourceText(resource)}, entry=${entryText(entry)}) already exists.\n`)
    const missing = entries.filter((entry) => !isThere(entry))
    if (missing.length === 0) continue
    await admin.createAcls(missing.map((entry) => ({ resource, entry })))
    // The blank before the first entry is Apache's.
    console.out(
      `Adding ACLs for resource \`${resourceText(resource)}\`: \n ${missing.map((entry) => `\t${entryText(entry)}\n`).join('')}\n`,
    )
  }
}

async function remove(line: CommandLine, admin: Admin, context: Context): Promise<void> {
  const grants = grantsOf(line)
  for (const { resource, operations } of wanted(wishOf(line))) {
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
