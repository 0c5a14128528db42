import { Admin, type ConfigEntry, type ConfigOperation, type ConfigResource } from '../../client/index.ts'
import { alterEntity, parseAdded, parseDeleted } from '../../tools/configs/alter.ts'
import { describeEntity, entityExists, entityNames } from '../../tools/configs/describe.ts'
import { adminProperties, loadOptionalProperties, loadProperties } from '../client-config.ts'
import type { ClassicTool, Context } from '../context.ts'
import { exitCode, sentenceOf } from '../exit.ts'
import { warnings } from '../warnings.ts'
import { CommandLine, finish } from './command-line.ts'
import { type Entities, type EntityKind, entitiesOf, resourceTypes } from './configs-entities.ts'
import { configsOptions } from './configs-options.ts'
import { serversOf } from './era-options.ts'

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
    const changes = line.has('alter') ? changesOf(line) : []
    try {
      return await run(line, entities, changes, context)
    } catch (error) {
      if (error instanceof Complaint) throw error
      throw new Error(`Error while executing config command with args '${args.join(' ')}'\n${sentenceOf(error)}`)
    }
  })

function changesOf(line: CommandLine): ConfigOperation[] {
  const added = line.value('add-config')
  const deleted = line.value('delete-config')
  return [...(deleted ? parseDeleted(deleted) : []), ...(added ? parseAdded(added) : [])]
}

async function run(
  line: CommandLine,
  { kinds, names }: Entities,
  changes: readonly ConfigOperation[],
  context: Context,
): Promise<number> {
  const kind = kinds[0] as EntityKind
  const type = resourceTypes[kind]
  if (!type) throw new Complaint('The quotas of users, clients and ips cannot be described or altered yet.')
  if (line.has('bootstrap-controller'))
    throw new Complaint('--bootstrap-controller is not supported yet: use --bootstrap-server.')
  const settings = loadOptionalProperties(context.runtime, line.value('command-config'))
  const properties = adminProperties(settings, await serversOf(line, context))
  const admin = new Admin(properties, context.runtime, warnings(context))
  try {
    if (line.has('describe')) {
      const resource = names[0] === undefined ? undefined : { type, name: names[0] }
      return await describe(admin, kind, resource, line.has('all'), context)
    }
    const file = line.value('add-config-file')
    const added = file === undefined ? [] : fileChanges(file, context)
    await alter(admin, kind, { type, name: names[0] as string }, [...changes, ...added], context)
    return exitCode.done
  } finally {
    await admin.close()
  }
}

function fileChanges(file: string, { runtime }: Context): ConfigOperation[] {
  return Object.entries(loadProperties(runtime, file)).map(([name, value]) => ({ name, op: 'set', value }))
}

const singular = (kind: EntityKind): string => kind.slice(0, -1)

async function describe(
  admin: Admin,
  kind: EntityKind,
  resource: ConfigResource | undefined,
  all: boolean,
  { console }: Context,
): Promise<number> {
  if (resource && !all && !(await entityExists(admin, resource))) {
    console.out(`The ${singular(kind)} '${resource.name}' doesn't exist and doesn't have dynamic config.\n`)
    return exitCode.failed
  }
  const type = resource?.type ?? resourceTypes[kind]!
  const names = resource ? [resource.name] : await entityNames(admin, type)
  for (const name of names) {
    const entries = await describeEntity(admin, { type, name }, all)
    const what = all ? 'All' : 'Dynamic'
    console.out(
      name === ''
        ? `Default configs for ${kind} in the cluster are:\n`
        : `${what} configs for ${singular(kind)} ${name} are:\n`,
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
  kind: EntityKind,
  resource: ConfigResource,
  changes: readonly ConfigOperation[],
  { console }: Context,
): Promise<void> {
  if (resource.type === 'broker-logger') {
    const loggers = new Set((await describeEntity(admin, resource, true)).map(({ name }) => name))
    const unknown = changes.map(({ name }) => name).filter((name) => !loggers.has(name))
    if (unknown.length > 0) throw new Complaint(`Invalid broker logger(s): ${unknown.join(',')}`)
  }
  await alterEntity(admin, resource, changes)
  console.out(
    resource.name === ''
      ? `Completed updating default config for ${kind} in the cluster.\n`
      : `Completed updating config for ${singular(kind)} ${resource.name}.\n`,
  )
}
