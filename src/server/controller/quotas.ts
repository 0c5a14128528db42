import type { AlterClientQuotas, DescribeClientQuotas } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import type { MetadataDecision } from './controller.ts'

/** Quotas of users, clients and addresses (KIP-546); `broker/quotas/` has them kept. */

type Entity = readonly { readonly entityType: string; readonly entityName: string | null }[]
type EntityType = 'user' | 'client-id' | 'ip'

const entityTypes: readonly string[] = ['user', 'client-id', 'ip'] satisfies EntityType[]
const clientKeys = new Map([
  ['producer_byte_rate', 'long'],
  ['consumer_byte_rate', 'long'],
  ['request_percentage', 'double'],
  ['controller_mutation_rate', 'double'],
])
const ipKeys = new Map([['connection_creation_rate', 'int']])

const refuse = (sentence: string): KafkaError => new KafkaError('INVALID_REQUEST', sentence)
const keyOf = (entity: Entity): string =>
  JSON.stringify(entity.map((part) => [part.entityType, part.entityName]).sort())

interface StoredQuotas {
  readonly entity: Entity
  readonly values: Map<string, number>
}

function quotasOf({ quotas: records }: MetadataImage): Map<string, StoredQuotas> {
  const found = new Map<string, StoredQuotas>()
  for (const { entity, key, value } of records.values()) {
    const id = keyOf(entity)
    const quotas = found.get(id) ?? { entity, values: new Map<string, number>() }
    found.set(id, quotas)
    quotas.values.set(key, value)
  }
  return found
}

/** Each entity's change stands or falls by itself. */
export function alterClientQuotas(
  image: MetadataImage,
  { entries, validateOnly }: RequestOf<typeof AlterClientQuotas>,
): MetadataDecision<ResponseInput<typeof AlterClientQuotas>> {
  const stored = quotasOf(image)
  const records: MetadataRecord[] = []
  const results = entries.map(({ entity, ops }) => {
    try {
      records.push(...changes(stored.get(keyOf(entity))?.values ?? new Map(), entity, ops))
      return { errorCode: 0, errorMessage: null, entity }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { errorCode: error.code, errorMessage: error.message, entity }
    }
  })
  return { records: validateOnly ? [] : records, reply: { throttleTimeMs: 0, entries: results } }
}

type Operations = RequestOf<typeof AlterClientQuotas>['entries'][number]['ops']

function changes(before: ReadonlyMap<string, number>, entity: Entity, ops: Operations): MetadataRecord[] {
  const keys = keysFor(entity)
  const parts = entity.map((part) => ({ ...part }))
  return ops.flatMap(({ key, value, remove }) => {
    if (remove)
      return before.has(key) ? [metadataRecord('ClientQuotaRecord', 0, { entity: parts, key, value: 0, remove })] : []
    checkValue(keys, key, value)
    return before.get(key) === value
      ? []
      : [metadataRecord('ClientQuotaRecord', 0, { entity: parts, key, value, remove })]
  })
}

/** The quotas that an entity may have. Throws for an entity that cannot be. */
function keysFor(entity: Entity): ReadonlyMap<string, string> {
  if (entity.length === 0) throw refuse('Invalid empty client quota entity')
  const types = entity.map(({ entityType }) => entityType)
  for (const [at, { entityType, entityName }] of entity.entries()) {
    if (types.indexOf(entityType) !== at)
      throw refuse(`Invalid client quota entity, duplicate entity entry ${entityType}`)
    if (!entityTypes.includes(entityType)) throw refuse(`Unhandled client quota entity type: ${entityType}`)
    if (entityName === '') throw refuse(`Empty ${entityType} not supported`)
  }
  if (!types.includes('ip')) return clientKeys
  if (types.length > 1)
    throw refuse('Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId')
  const address = entity[0]?.entityName
  if (address !== null && address !== undefined && !isAddress(address))
    throw refuse(`${address} is not a valid IP or resolvable host.`)
  return ipKeys
}

/** Names of hosts are taken as they are: whether they can be resolved is asked when connections come. */
const isAddress = (text: string): boolean => /^[0-9a-fA-F:.%]+$/.test(text) || /^[\w-]+(\.[\w-]+)*$/.test(text)

function checkValue(keys: ReadonlyMap<string, string>, key: string, value: number): void {
  const type = keys.get(key)
  if (!type) throw refuse(`Invalid configuration key ${key}`)
  if (value <= 0) throw refuse(`Quota ${key} must be greater than 0`)
  if (type === 'double') return
  if (value > (type === 'int' ? 2 ** 31 - 1 : 2 ** 63))
    throw refuse(`Proposed value for ${key} is too large for ${type === 'int' ? 'an INT' : 'a LONG'}.`)
  if (Math.abs(Math.floor(value + 1e-6) - value) > 1e-6) throw refuse(`${key} cannot be a fractional value.`)
}

const Match = { exact: 0, byDefault: 1, specified: 2 } as const

/** Throws for a filter that cannot be. */
export function describeClientQuotas(
  image: MetadataImage,
  { components, strict }: RequestOf<typeof DescribeClientQuotas>,
): Pick<ResponseInput<typeof DescribeClientQuotas>, 'throttleTimeMs' | 'entries'> {
  checkFilter(components)
  const matches = (entity: Entity): boolean =>
    components.every(({ entityType, matchType, match }) => {
      const part = entity.find((one) => one.entityType === entityType)
      return part !== undefined && (matchType === Match.specified || part.entityName === match)
    })
  const found = [...quotasOf(image).values()].filter(
    ({ entity }) => matches(entity) && (!strict || (entity.length === components.length && components.length > 0)),
  )
  return {
    throttleTimeMs: 0,
    entries: found.map(({ entity, values }) => ({
      entity: entity.map((part) => ({ ...part })),
      values: Array.from(values, ([key, value]) => ({ key, value })),
    })),
  }
}

function checkFilter(components: RequestOf<typeof DescribeClientQuotas>['components']): void {
  const types = components.map(({ entityType }) => entityType)
  for (const [at, { entityType, matchType, match }] of components.entries()) {
    if (entityType === '') throw refuse('Invalid empty entity type.')
    if (types.indexOf(entityType) !== at)
      throw refuse(`Entity type ${entityType} cannot appear more than once in the filter.`)
    if (!entityTypes.includes(entityType))
      throw new KafkaError('UNSUPPORTED_VERSION', `Unsupported entity type ${entityType}`)
    if (matchType === Match.exact && match === null)
      throw refuse('Request specified MATCH_TYPE_EXACT, but set match string to null.')
    if (matchType === Match.byDefault && match !== null)
      throw refuse('Request specified MATCH_TYPE_DEFAULT, but also specified a match string.')
    if (matchType === Match.specified && match !== null)
      throw refuse('Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.')
    if (matchType < Match.exact || matchType > Match.specified) throw refuse(`Unknown match type ${matchType}`)
  }
  if (types.includes('ip') && types.length > 1)
    throw refuse(
      'Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.',
    )
}
