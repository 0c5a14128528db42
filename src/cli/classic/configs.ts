import type { Admin, ConfigEntry, ConfigOperation, ConfigResource, ConfigResourceType } from '../../client/index.ts'
import { alterEntity, parseAdded, parseDeleted } from '../../tools/configs/alter.ts'
import { describeEntity, entityExists, entityNames } from '../../tools/configs/describe.ts'
import { QuotaRefused } from '../../tools/configs/quotas.ts'
import { loadProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, sentenceOf } from '../exit.ts'
import { CommandLine, finish } from './command-line.ts'
import { type Entities, type EntityKind, entitiesOf, resourceTypes } from './configs-entities.ts'
import { configsOptions } from './configs-options.ts'
import { alterQuotaEntity, describeQuotaEntities } from './configs-quotas.ts'
import { targetOf } from './era-options.ts'
import { withAdmin } from './with-admin.ts'

/** A complaint that stands for itself; others are told together with the command line. */
class Complaint extends Error {}

/** Apache's kafka-configs. Unlike Apache's it ends with 1 when the described entity is not there. */
export const main: ClassicTool = (args, context) =>
  finish(context, async () => {
    const line = new CommandLine(context, configsOptions, args)
    line.helpOrVersion(
      'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group',
    )
    if (line.has('alter') === line.has('describe'))
      line.usage('Command must include exactly one action: --describe, --alter')
    line.forbid('describe', ['add-config', 'delete-config'])
    const entities = entitiesOf(line)
    await checkHosts(entities, context)
    const changes = line.has('alter') ? changesOf(line) : []
    try {
      return await run(line, entities, changes, context)
    } catch (error) {
      if (error instanceof Complaint || error instanceof QuotaRefused) throw error
      throw new Error(`Error while executing config command with args '${args.join(' ')}'\n${sentenceOf(error)}`)
    }
  })

function changesOf(line: CommandLine): ConfigOperation[] {
  const added = line.value('add-config')
  const deleted = line.value('delete-config')
  return [...(deleted ? parseDeleted(deleted) : []), ...(added ? parseAdded(added) : [])]
}

/** Only a name that stands for an address can be an ip. */
async function checkHosts({ kinds, names }: Entities, { runtime }: Context): Promise<void> {
  for (const name of kinds[0] === 'ips' ? names : [])
    if (name !== '' && !(await runtime.network.resolves(name)))
      throw new Error(`The entity name for ips must be a valid IP or resolvable host, but it is: ${name}`)
}

async function run(
  line: CommandLine,
  entities: Entities,
  changes: readonly ConfigOperation[],
  context: Context,
): Promise<number> {
  return withAdmin(context, await targetOf(line, context), line.value('command-config'), async (admin) => {
    if (line.has('describe')) return describe(admin, entities, line.has('all'), context)
    const file = line.value('add-config-file')
    const added = file === undefined ? [] : fileChanges(file, context)
    await alter(admin, entities, [...changes, ...added], context)
    return exitCode.done
  })
}

function fileChanges(file: string, { runtime }: Context): ConfigOperation[] {
  return Object.entries(loadProperties(runtime, file)).map(([name, value]) => ({ name, op: 'set', value }))
}

const singular = (kind: EntityKind): string => kind.slice(0, -1)

async function describe(admin: Admin, entities: Entities, all: boolean, context: Context): Promise<number> {
  const kind = entities.kinds[0] as EntityKind
  const type = resourceTypes[kind]
  if (type) return describeResources(admin, kind, { type, name: entities.names[0] }, all, context)
  await describeQuotaEntities(admin, entities, context)
  return exitCode.done
}

async function describeResources(
  admin: Admin,
  kind: EntityKind,
  { type, name }: { readonly type: ConfigResourceType; readonly name: string | undefined },
  all: boolean,
  { console }: Context,
): Promise<number> {
  if (type === 'topic' && name === '') throw new Complaint('Topic name is invalid: the empty string is not allowed')
  if (name !== undefined && !all && !(await entityExists(admin, { type, name }))) {
    console.out(`The ${singular(kind)} '${name}' doesn't exist and doesn't have dynamic config.\n`)
    return exitCode.failed
  }
  for (const each of name === undefined ? await entityNames(admin, type) : [name]) {
    const entries = await describeEntity(admin, { type, name: each }, all)
    const what = all ? 'All' : 'Dynamic'
    console.out(
      each === ''
        ? `Default configs for ${kind} in the cluster are:\n`
        : `${what} configs for ${singular(kind)} ${each} are:\n`,
    )
    for (const entry of entries) console.out(entryLine(entry))
  }
  return exitCode.done
}

function entryLine({ name, value, sensitive, synonyms }: ConfigEntry): string {
  const origins = synonyms.map((synonym) => `${synonym.source}:${synonym.name}=${synonym.value}`)
  return `  ${name}=${value} sensitive=${sensitive} synonyms={${origins.join(', ')}}\n`
}

async function alter(
  admin: Admin,
  entities: Entities,
  changes: readonly ConfigOperation[],
  context: Context,
): Promise<void> {
  const kind = entities.kinds[0] as EntityKind
  const name = entities.names[0] as string
  const type = resourceTypes[kind]
  if (type) await alterResource(admin, { type, name }, changes)
  else await alterQuotaEntity(admin, entities, changes, context)
  context.console.out(
    name === ''
      ? `Completed updating default config for ${kind} in the cluster.\n`
      : `Completed updating config for ${singular(kind)} ${name}.\n`,
  )
}

async function alterResource(
  admin: Admin,
  resource: ConfigResource,
  changes: readonly ConfigOperation[],
): Promise<void> {
  if (resource.type === 'broker-logger') {
    const loggers = new Set((await describeEntity(admin, resource, true)).map(({ name }) => name))
    const unknown = changes.map(({ name }) => name).filter((name) => !loggers.has(name))
    if (unknown.length > 0) throw new Complaint(`Invalid broker logger(s): ${unknown.join(',')}`)
  }
  await alterEntity(admin, resource, changes)
}
