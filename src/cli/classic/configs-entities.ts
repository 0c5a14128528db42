import type { ConfigResourceType } from '../../client/index.ts'
import type { CommandLine } from './command-line.ts'

/** The kinds of entities in the order in which the tool names them. */
const kinds = ['topics', 'clients', 'users', 'brokers', 'ips', 'client-metrics', 'groups', 'broker-loggers'] as const
export type EntityKind = (typeof kinds)[number]

const withDefaults: readonly EntityKind[] = ['users', 'clients', 'brokers', 'ips']

/** Entities that the broker keeps as config resources; the others have quotas. */
export const resourceTypes: Partial<Readonly<Record<EntityKind, ConfigResourceType>>> = {
  topics: 'topic',
  brokers: 'broker',
  'client-metrics': 'client-metrics',
  groups: 'group',
  'broker-loggers': 'broker-logger',
}

const named: readonly (readonly [string, EntityKind])[] = [
  ['topic', 'topics'],
  ['client', 'clients'],
  ['user', 'users'],
  ['broker', 'brokers'],
  ['broker-logger', 'broker-loggers'],
  ['ip', 'ips'],
  ['client-metrics', 'client-metrics'],
  ['group', 'groups'],
]
const defaults: readonly (readonly [string, EntityKind])[] = [
  ['client-defaults', 'clients'],
  ['user-defaults', 'users'],
  ['broker-defaults', 'brokers'],
  ['ip-defaults', 'ips'],
]

export interface Entities {
  readonly kinds: readonly EntityKind[]
  /** In the order of the kinds; the empty name stands for the defaults. */
  readonly names: readonly string[]
}

/** Reads the entities of a command line and checks all that is said of them, with Apache's sentences. */
export function entitiesOf(line: CommandLine): Entities {
  const short = named.filter(([option]) => line.has(option))
  const shortDefaults = defaults.filter(([option]) => line.has(option))
  const types: string[] = [...line.values('entity-type'), ...[...short, ...shortDefaults].map(([, kind]) => kind)]
  const names = [
    ...longNames(line),
    ...short.map(([option]) => line.value(option) ?? ''),
    ...shortDefaults.map(() => ''),
  ]
  checkTypes(line, types)
  if (
    ['entity-name', 'entity-type', 'entity-default'].some((option) => line.has(option)) &&
    short.length + shortDefaults.length > 0
  )
    throw new Error('--entity-{type,name,default} should not be used in conjunction with specific entity flags')
  const entities = { kinds: types as EntityKind[], names }
  if (line.has('bootstrap-server') && line.has('bootstrap-controller'))
    throw new Error('Only one of --bootstrap-server or --bootstrap-controller can be specified')
  checkNames(line, entities)
  return entities
}

/** `--entity-name` and `--entity-default` belong to the types in the order given. */
function longNames(line: CommandLine): string[] {
  const given = line.values('entity-name')
  if (!line.has('entity-default')) return [...given]
  const order = line.args.filter((argument) => /^--?entity-(n|d)/.test(argument))
  return order.map((argument) => (argument.includes('entity-d') ? '' : (given.shift() ?? '')))
}

function checkTypes(line: CommandLine, types: readonly string[]): void {
  const twice = types.filter((type, at) => types.indexOf(type) !== at)
  if (twice.length > 0) throw new Error(`Duplicate entity type(s) specified: ${twice.join(',')}`)
  if (!line.has('bootstrap-server') && !line.has('bootstrap-controller'))
    throw new Error('Either --bootstrap-server or --bootstrap-controller must be specified.')
  const known: readonly string[] = kinds
  for (const type of types)
    if (!known.includes(type))
      throw new Error(
        `Invalid entity type ${type}, the entity type must be one of ${kinds.join(', ')} with a --bootstrap-server or --bootstrap-controller argument`,
      )
  if (types.length === 0) throw new Error('At least one entity type must be specified')
  if (types.length > 1 && !types.every((type) => type === 'users' || type === 'clients'))
    throw new Error("Only 'users' and 'clients' entity types may be specified together")
}

function checkNames(line: CommandLine, { kinds: types, names }: Entities): void {
  const first = types[0] as EntityKind
  const hasName = names.some((name) => name !== '')
  const hasDefault = names.includes('')
  const mayDefault = types.some((type) => withDefaults.includes(type))
  if (first === 'brokers' || first === 'broker-loggers')
    for (const name of names)
      if (name !== '' && !/^[+-]?\d+$/.test(name))
        throw new Error(`The entity name for ${first} must be a valid integer broker id, but it is: ${name}`)
  if (line.has('describe')) {
    if (!mayDefault && line.has('entity-default'))
      throw new Error(`--entity-default must not be specified with --describe of ${types.join(',')}`)
    if (first === 'broker-loggers' && !hasName)
      throw new Error(`An entity name must be specified with --describe of ${types.join(',')}`)
    return
  }
  if (mayDefault) {
    if (!hasName && !hasDefault)
      throw new Error(
        'An entity-name or default entity must be specified with --alter of users, clients, brokers or ips',
      )
  } else if (!hasName) throw new Error(`An entity name must be specified with --alter of ${types.join(',')}`)
  checkChanges(line)
}

function checkChanges(line: CommandLine): void {
  if (line.has('add-config') && line.has('add-config-file'))
    throw new Error('Only one of --add-config or --add-config-file must be specified')
  if (!['add-config', 'add-config-file', 'delete-config'].some((option) => line.has(option)))
    throw new Error(
      'At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter',
    )
}
