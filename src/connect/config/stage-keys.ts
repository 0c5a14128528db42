import type { ConnectorConfig } from '../connector.ts'
import type { Plugins } from '../plugins/plugins.ts'
import type { StagePlugin, StagePlugins, Stages } from '../plugins/stage-plugins.ts'
import type { Predicate, Transformation } from '../transforms/transformation.ts'
import type { ConfigKeyView } from './connector-keys.ts'
import { keyErrors, listOf, type SentenceKey, shownValue } from './key-errors.ts'

/** A property with its value and what is wrong with it. */
export interface CheckedKey {
  readonly key: ConfigKeyView
  readonly value: string | null
  readonly recommended: readonly string[]
  readonly errors: readonly string[]
}

export interface KnownPlugins {
  readonly stages: Stages
  readonly connectors: Plugins
}

type Stage = Transformation | Predicate

/** What a kind of stage is called in properties and sentences. */
interface Kind {
  readonly list: 'transforms' | 'predicates'
  readonly group: 'Transforms' | 'Predicates'
  readonly title: 'Transformation' | 'Predicate'
  readonly word: 'transformation' | 'predicate'
}
const transforms: Kind = { list: 'transforms', group: 'Transforms', title: 'Transformation', word: 'transformation' }
const predicates: Kind = { list: 'predicates', group: 'Predicates', title: 'Predicate', word: 'predicate' }

/** What every transformation has besides its own properties (KIP-585). */
const conditional: readonly SentenceKey[] = [
  {
    name: 'predicate',
    type: 'STRING',
    defaultValue: null,
    importance: 'MEDIUM',
    documentation: 'The name of the predicate that says for which records the transformation is; for all without one.',
  },
  {
    name: 'negate',
    type: 'BOOLEAN',
    defaultValue: 'false',
    importance: 'MEDIUM',
    documentation: 'Whether it is for the records for which the predicate does not hold.',
  },
]

/** The properties of all transformations and predicates that a connector names. */
export function* checkedStages(config: ConnectorConfig, plugins: KnownPlugins): Generator<CheckedKey> {
  const { stages } = plugins
  for (const alias of aliases(config, 'transforms'))
    yield* checkedStage(alias, transforms, config, stages.transformations, plugins, conditional)
  for (const alias of aliases(config, 'predicates'))
    yield* checkedStage(alias, predicates, config, stages.predicates, plugins, [])
}

const aliases = (config: ConnectorConfig, list: string): ReadonlySet<string> => new Set(listOf(config[list] ?? ''))

function* checkedStage<T extends Stage>(
  alias: string,
  kind: Kind,
  config: ConnectorConfig,
  classes: StagePlugins<T>,
  known: KnownPlugins,
  more: readonly SentenceKey[],
): Generator<CheckedKey> {
  const { list, group, title, word } = kind
  const prefix = `${list}.${alias}.`
  const view = (key: SentenceKey, order: number, displayName: string): ConfigKeyView => ({
    ...key,
    name: prefix + key.name,
    group: `${group}: ${alias}`,
    order,
    width: key.name === 'type' || key.name === 'plugin.version' ? 'LONG' : 'NONE',
    displayName,
  })
  const given = config[`${prefix}type`]
  const wanted = config[`${prefix}plugin.version`]
  const found = given === undefined ? undefined : classes.find(given)
  const strange = given === undefined || found ? undefined : otherClass(given, kind, classes, known)
  const mismatch =
    found && wanted !== undefined && wanted !== found.version
      ? `Plugin ${found.className} not found that matches the version range [${wanted},${wanted}], available versions: [${found.version}]`
      : undefined
  yield {
    key: view(typeKey(alias, word), 0, `${title} type for ${alias}`),
    value: found?.className ?? strange?.className ?? null,
    recommended: classes.all.map(({ className }) => className),
    errors: [...typeErrors(prefix, given, found, strange?.why), ...(mismatch === undefined ? [] : [mismatch])],
  }
  yield {
    key: view(versionKey(alias, word, found?.version ?? null), 1, `${title} version for ${alias}`),
    value: wanted ?? found?.version ?? null,
    recommended: found ? [found.version] : [],
    errors: mismatch === undefined ? [] : [mismatch],
  }
  if (!found || mismatch !== undefined) return
  for (const [i, key] of inOrder([...found.create().config(), ...more]).entries()) {
    const value = config[prefix + key.name]
    yield {
      key: view(key, i + 2, key.name),
      value: shownValue(key, value ?? key.defaultValue ?? null),
      recommended: [],
      errors: [...keyErrors(key, value, prefix + key.name)],
    }
  }
}

const typeKey = (alias: string, word: string): SentenceKey => ({
  name: 'type',
  type: 'CLASS',
  importance: 'HIGH',
  documentation: `The class of the ${word} ${alias}.`,
})

const versionKey = (alias: string, word: string, defaultValue: string | null): SentenceKey => ({
  name: 'plugin.version',
  type: 'STRING',
  defaultValue,
  importance: 'HIGH',
  documentation: `The version of the ${word} ${alias}: there is one here.`,
})

function* typeErrors<T>(
  prefix: string,
  given: string | undefined,
  found: StagePlugin<T> | undefined,
  why: string | undefined,
): Generator<string> {
  if (given === undefined) yield `Missing required configuration "${prefix}type" which has no default value.`
  else if (why !== undefined) yield why
  else if (!found) yield `Invalid value ${given} for configuration ${prefix}type: Class ${given} could not be found.`
}

/** A class that is there and none of these: Apache's worker says what it is. */
function otherClass<T>(
  given: string,
  { title }: Kind,
  classes: StagePlugins<T>,
  { stages, connectors }: KnownPlugins,
): { readonly className: string; readonly why: string } | undefined {
  const inside = classes.inside(given)
  if (inside.length > 0)
    return {
      className: given,
      why: `This class is abstract and cannot be created. Did you mean ${inside.join(', ')}?`,
    }
  const other = connectors.find(given) ?? stages.transformations.find(given) ?? stages.predicates.find(given)
  if (!other) return undefined
  const { className } = other
  return { className, why: `Class class ${className} does not implement the ${title} interface` }
}

const ranks = ['HIGH', 'MEDIUM', 'LOW']

/** As Java lists properties: what is required first, then by importance and name. */
function inOrder(keys: readonly SentenceKey[]): SentenceKey[] {
  const rank = ({ defaultValue, importance }: SentenceKey): number =>
    (defaultValue === undefined ? 0 : 10) + ranks.indexOf(importance)
  return [...keys].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}
