import { bool, ConfigError, double, int, long, type Property, short } from '../../config/define.ts'
import type { ConfigKey, ConnectorConfig, SinkConnector, SourceConnector } from '../connector.ts'
import { CONNECT_VERSION } from '../connectors/surroundings.ts'
import { converterNames, converterNotFound, hasConverter, headerConverterNames } from '../converters/make-converter.ts'
import { type ConfigKeyView, ownKey, sinkKeys, sourceKeys } from './connector-keys.ts'
import type { WorkerConfig } from './worker-config.ts'

/** A property of a connector with its value and what is wrong with it. */
export interface CheckedKey {
  readonly key: ConfigKeyView
  readonly value: string | null
  readonly recommended: readonly string[]
  readonly errors: readonly string[]
}

const parsers: Partial<Record<ConfigKey['type'], Property<unknown>>> = {
  INT: int(null),
  LONG: long(null),
  SHORT: short(null),
  DOUBLE: double(null),
  BOOLEAN: bool(false),
}

/** The properties of a connector, its own first or last. */
export function keysOf(connector: SourceConnector | SinkConnector, ownFirst = false): ConfigKeyView[] {
  const own = connector.config().map(ownKey)
  const common = (connector.kind === 'source' ? sourceKeys : sinkKeys).map((key) =>
    key.name === 'connector.plugin.version' ? { ...key, defaultValue: connector.version } : key,
  )
  return ownFirst ? [...own, ...common] : [...common, ...own]
}

/** Looks at a connector's properties one by one. */
export function checkConfig(
  connector: SourceConnector | SinkConnector,
  config: ConnectorConfig,
  worker: WorkerConfig,
): CheckedKey[] {
  return keysOf(connector).map((plain) => {
    const key = withDefault(plain, worker)
    const value = config[key.name] ?? key.defaultValue ?? null
    return { key, value, recommended: recommendedFor(key), errors: [...errorsOf(key, config, connector.kind)] }
  })
}

const isConverter = (name: string): name is 'key.converter' | 'value.converter' | 'header.converter' =>
  /^(key|value|header)\.converter$/.test(name)

const isVersion = (name: string): boolean => name.endsWith('.plugin.version')

/** Converters are the worker's where a connector has none; of each there is one version. */
function withDefault(key: ConfigKeyView, worker: WorkerConfig): ConfigKeyView {
  if (isConverter(key.name)) return { ...key, defaultValue: worker[key.name] }
  return key.name.endsWith('.converter.plugin.version') ? { ...key, defaultValue: CONNECT_VERSION } : key
}

function recommendedFor({ name, defaultValue }: ConfigKeyView): readonly string[] {
  if (isVersion(name)) return [defaultValue ?? '']
  return !isConverter(name) ? [] : name === 'header.converter' ? headerConverterNames : converterNames
}

function* errorsOf(key: ConfigKeyView, config: ConnectorConfig, kind: 'source' | 'sink'): Generator<string> {
  const value = config[key.name]
  if (value === undefined && key.defaultValue === undefined)
    yield `Missing required configuration "${key.name}" which has no default value.`
  if (value !== undefined) yield* valueErrors(key, value)
  if (kind === 'sink' && (key.name === 'topics' || key.name === 'topics.regex')) yield* topicErrors(config)
  yield* refusals(key.name, value)
  if (isVersion(key.name) && value !== undefined && value !== key.defaultValue)
    yield `There is version ${key.defaultValue} here alone: take out ${key.name}=${value}.`
  if (key.name === 'topic.creation.groups') yield* topicCreation(config)
}

function* valueErrors(key: ConfigKeyView, value: string): Generator<string> {
  try {
    parsers[key.type]?.parse(key.name, value)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return void (yield error.message)
  }
  const complaint = key.check?.(value)
  if (complaint !== undefined) yield `Invalid value ${value} for configuration ${key.name}: ${complaint}`
  if (isConverter(key.name) && !hasConverter(value, key.name === 'header.converter'))
    yield converterNotFound(value, key.name)
}

function* topicErrors(config: ConnectorConfig): Generator<string> {
  const names = (config['topics'] ?? '').trim() !== ''
  const pattern = (config['topics.regex'] ?? '').trim() !== ''
  if (names && pattern) yield 'topics and topics.regex are mutually exclusive options, but both are set.'
  if (!names && !pattern) yield 'Must configure one of topics or topics.regex'
}

/** What Apache's workers do and these do not. */
function* refusals(name: string, value: string | undefined): Generator<string> {
  if (value === undefined || value.trim() === '') return
  if (name === 'transforms')
    yield `There are no transforms here: take out transforms=${value}, and change records in the connector or behind it.`
  if (name === 'predicates')
    yield `There are no predicates here, for there are no transforms: take out predicates=${value}.`
  if (name === 'topic.creation.groups')
    yield `Workers make no topics here: take out topic.creation.groups=${value}, and make them beforehand.`
  if (name === 'exactly.once.support' && value.toLowerCase() === 'required')
    yield 'Standalone workers write at least once: exactly.once.support cannot be required.'
}

function* topicCreation(config: ConnectorConfig): Generator<string> {
  const names = Object.keys(config).filter((name) => /^topic\.creation\.(?!groups$)/.test(name))
  if (names.length > 0) yield `Workers make no topics here: take out ${names.join(', ')}, and make them beforehand.`
}

/** The complaint of a worker that is to run such a config; undefined when nothing is wrong. */
export function complaintOf(checked: readonly CheckedKey[]): string | undefined {
  const errors = checked.flatMap((item) => item.errors)
  if (errors.length === 0) return undefined
  return `Connector configuration is invalid and contains the following ${errors.length} error(s):\n${errors.join('\n')}\nYou can also find the above list of errors at the endpoint \`/connector-plugins/{connectorType}/config/validate\``
}
