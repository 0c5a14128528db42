import { isOfProviders } from '../../config/config-providers.ts'
import {
  bool,
  ConfigError,
  className,
  int,
  list,
  long,
  type Property,
  string,
  type Table,
  type Values,
} from '../../config/define.ts'
import { type Idle, slip } from '../../config/remarks.ts'
import { withoutEffect } from './connector-remarks.ts'

/** The properties of every worker. */
const table = {
  'bootstrap.servers': list<readonly string[]>([]),
  'key.converter': className(''),
  'value.converter': className(''),
  'header.converter': className('org.apache.kafka.connect.storage.SimpleHeaderConverter'),
  'offset.flush.interval.ms': long(60_000).min(1),
  'offset.flush.timeout.ms': long(5000),
  'task.shutdown.graceful.timeout.ms': long(5000),
  listeners: list(['http://:8083']),
  'rest.host.name': string(null),
  'rest.port': int(null),
  'rest.advertised.host.name': string(null),
  'rest.advertised.port': int(null),
  'plugin.path': list<readonly string[]>([]),
  'client.id': string(''),
  'connector.client.config.override.policy': className('All'),
  'topic.creation.enable': bool(true),
  'topic.tracking.enable': bool(true),
  'topic.tracking.allow.reset': bool(true),
} satisfies Readonly<Record<string, Property<unknown>>>

/** `config.providers` and theirs have done their work by now. */
const isDone = (name: string): boolean => name === 'config.providers' || isOfProviders(name)

const required = ['bootstrap.servers', 'key.converter', 'value.converter'] as const

/** Properties of clients, converters and of the worker's login. */
const passedOn = /^(producer|consumer|admin|(key|value|header)\.converter|security|sasl|ssl)\./

/** Properties of Apache's worker that change nothing here, by what a user has to know who has set one. */
const idle: Idle = {
  'plugins are looked for in every folder of plugin.path': ['plugin.discovery'],
  'REST has one listener and one host name': [
    'admin.listeners',
    'rest.advertised.listener',
    'rest.extension.classes',
    'access.control.allow.origin',
    'access.control.allow.methods',
    'response.http.headers.config',
  ],
  'there are no JMX metrics': [
    'metrics.recording.level',
    'metrics.num.samples',
    'metrics.sample.window.ms',
    'metric.reporters',
  ],
  'Connect has its own converters for offsets': [
    'internal.key.converter',
    'internal.value.converter',
    'internal.key.converter.schemas.enable',
    'internal.value.converter.schemas.enable',
  ],
}

const policies = ['All', 'None', 'Principal'] as const
type Policy = (typeof policies)[number]

export interface WorkerConfig extends Values<typeof table> {
  /** Which client properties connectors may set. */
  readonly policy: Policy
  /** All properties, as they were given. */
  readonly given: Readonly<Record<string, string>>
  /** One sentence for each group of properties that were set and do nothing. */
  readonly remarks: readonly string[]
}

/** What the properties of workers of one kind are, besides those of every worker. */
export interface KindOfWorker<T extends Table> {
  readonly table: T
  readonly required: readonly (keyof T & string)[]
  /** Names of further properties that have a meaning. */
  readonly others?: RegExp
  readonly idle?: Idle
}

/** Reads the properties of a worker. Throws `ConfigError` in Apache's words. */
export function readWorkerConfig<T extends Table>(
  given: Readonly<Record<string, string>>,
  kind: KindOfWorker<T>,
): WorkerConfig & Values<T> {
  for (const name of [...required, ...kind.required])
    if (given[name] === undefined)
      throw new ConfigError(`Missing required configuration "${name}" which has no default value.`)
  const entries = Object.entries({ ...table, ...kind.table }).map(([name, property]) => {
    const text = given[name]
    return [name, text === undefined ? property.fallback : (property as Property<unknown>).parse(name, text)]
  })
  const values = Object.fromEntries(entries) as Values<typeof table> & Values<T>
  const policy = values['connector.client.config.override.policy'].replace(/^.*\./, '')
  const known = policies.find((name) => policy === name || policy === `${name}ConnectorClientConfigOverridePolicy`)
  if (!known)
    throw new ConfigError(
      `There is no connector.client.config.override.policy ${policy} here: there are ${policies.join(', ')}.`,
    )
  return { ...values, policy: known, given, remarks: remarksOf(given, kind) }
}

function remarksOf(given: Readonly<Record<string, string>>, kind: Omit<KindOfWorker<Table>, 'required'>): string[] {
  const idleHere = { ...idle, ...kind.idle }
  const known = [...Object.keys(table), ...Object.keys(kind.table), ...Object.values(idleHere).flat()]
  const strange = Object.keys(given).filter(
    (name) => !known.includes(name) && !passedOn.test(name) && !isDone(name) && !kind.others?.test(name),
  )
  const slips = strange.flatMap((name) => slip('Kafka', name, known) ?? [])
  return [...withoutEffect(idleHere, given), ...slips]
}

/** Properties below a prefix, without it. */
export const withPrefix = (properties: Readonly<Record<string, string>>, prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  )

/** Where REST listens. Throws `ConfigError` for what is no HTTP listener. */
export function restAddress(config: WorkerConfig): { readonly host: string; readonly port: number } {
  const { 'rest.host.name': host, 'rest.port': port } = config
  // Workers up to 2.8 had these two.
  if (config.given['listeners'] === undefined && (host !== null || port !== null))
    return { host: host ?? '', port: port ?? 8083 }
  const [first = '', ...more] = config.listeners
  const [, protocol, name = '', number = ''] = /^(https?):\/\/(\[[^\]]*\]|[^:/]*):(\d+)\/?$/i.exec(first) ?? []
  if (protocol === undefined || more.length > 0)
    throw new ConfigError(
      `Invalid value ${config.listeners.join(',')} for configuration listeners: REST has one listener here, in the form http://host:port.`,
    )
  if (protocol.toLowerCase() === 'https')
    throw new ConfigError(
      `REST has no TLS here: listeners cannot be ${first}, use http and protect the port otherwise.`,
    )
  return { host: name.replace(/^\[|\]$/g, ''), port: Number(number) }
}
