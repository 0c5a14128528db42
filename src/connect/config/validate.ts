import type { Idle } from '../../config/remarks.ts'
import type { ConnectorConfig, SinkConnector, SourceConnector } from '../connector.ts'
import { CONNECT_VERSION } from '../connectors/surroundings.ts'
import { converterNames, converterNotFound, hasConverter, headerConverterNames } from '../converters/make-converter.ts'
import { type ConfigKeyView, ownKey, sinkKeys, sourceKeys } from './connector-keys.ts'
import { keyErrors, shownValue } from './key-errors.ts'
import { type CheckedKey, checkedStages, type KnownPlugins } from './stage-keys.ts'
import type { WorkerConfig } from './worker-config.ts'

/** What workers of a kind say to connectors' properties. */
export interface WorkerRules {
  /** Why `exactly.once.support=required` cannot be. */
  readonly exactlyOnceRefusal: string
  /** Properties that change nothing there. */
  readonly idle: Idle
  /** What is wrong with a property because of the worker. */
  readonly check?: (name: string, config: ConnectorConfig, kind: 'source' | 'sink') => string | undefined
}

/** The properties of a connector, its own first or last. */
export function keysOf(connector: SourceConnector | SinkConnector, ownFirst = false): ConfigKeyView[] {
  const own = connector.config().map(ownKey)
  const common = (connector.kind === 'source' ? sourceKeys : sinkKeys).map((key) =>
    key.name === 'connector.plugin.version' ? { ...key, defaultValue: connector.version } : key,
  )
  return ownFirst ? [...own, ...common] : [...common, ...own]
}

/** Looks at a connector's properties one by one, and at those of its transformations and predicates. */
export function checkConfig(
  connector: SourceConnector | SinkConnector,
  config: ConnectorConfig,
  worker: WorkerConfig,
  plugins: KnownPlugins,
  rules: WorkerRules,
): CheckedKey[] {
  const checked = keysOf(connector).map((plain): CheckedKey => {
    const key = withDefault(plain, worker)
    const value = shownValue(key, config[key.name] ?? key.defaultValue ?? null)
    return { key, value, recommended: recommendedFor(key), errors: [...errorsOf(key, config, connector.kind, rules)] }
  })
  const common = checked.filter(({ key }) => key.group !== null)
  return [...common, ...checkedStages(config, plugins), ...checked.filter(({ key }) => key.group === null)]
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

function* errorsOf(
  key: ConfigKeyView,
  config: ConnectorConfig,
  kind: 'source' | 'sink',
  rules: WorkerRules,
): Generator<string> {
  const value = config[key.name]
  yield* keyErrors(key, value)
  if (value !== undefined && isConverter(key.name) && !hasConverter(value, key.name === 'header.converter'))
    yield converterNotFound(value, key.name)
  if (kind === 'sink' && (key.name === 'topics' || key.name === 'topics.regex')) yield* topicErrors(config)
  if (key.name === 'exactly.once.support' && value?.toLowerCase() === 'required') yield rules.exactlyOnceRefusal
  const refusal = rules.check?.(key.name, config, kind)
  if (refusal !== undefined) yield refusal
  if (isVersion(key.name) && value !== undefined && value !== key.defaultValue)
    yield `There is version ${key.defaultValue} here alone: take out ${key.name}=${value}.`
}

function* topicErrors(config: ConnectorConfig): Generator<string> {
  const names = (config['topics'] ?? '').trim() !== ''
  const pattern = (config['topics.regex'] ?? '').trim() !== ''
  if (names && pattern) yield 'topics and topics.regex are mutually exclusive options, but both are set.'
  if (!names && !pattern) yield 'Must configure one of topics or topics.regex'
}

/** The complaint of a worker that is to run such a config; undefined when nothing is wrong. */
export function complaintOf(checked: readonly CheckedKey[]): string | undefined {
  const errors = checked.flatMap((item) => item.errors)
  if (errors.length === 0) return undefined
  return `Connector configuration is invalid and contains the following ${errors.length} error(s):\n${errors.join('\n')}\nYou can also find the above list of errors at the endpoint \`/connector-plugins/{connectorType}/config/validate\``
}
