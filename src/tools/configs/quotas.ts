import type { Admin, ConfigOperation, DescribedQuotas, QuotaEntity, QuotaFilter } from '../../client/index.ts'
import { javaHash } from '../../std/java-hash.ts'
import { parseDouble } from '../../std/java-numbers.ts'
import { hashOrder, stringHashOrder } from '../java/hash-order.ts'

/** Quotas of users, clients and ips (KIP-13, KIP-124, KIP-599, KIP-612). */
export const clientQuotas = [
  'controller_mutation_rate',
  'request_percentage',
  'producer_byte_rate',
  'consumer_byte_rate',
] as const
export const ipQuotas = ['connection_creation_rate'] as const

/** Of the entities that the filters mean, in the order of Apache's tool: that of a Java map of entities. */
export async function describeQuotas(
  admin: Admin,
  filters: readonly QuotaFilter[],
  strict: boolean,
): Promise<DescribedQuotas[]> {
  const found = await admin.describeClientQuotas(filters, strict)
  return hashOrder(found, ({ entity }) => entityHash(entity), found.length).map(({ entity, values }) => {
    const byKey = new Map(values.map((value) => [value.key, value]))
    return { entity, values: stringHashOrder(byKey.keys(), byKey.size).map((key) => byKey.get(key)!) }
  })
}

function entityHash(entity: QuotaEntity): number {
  const parts = entity.map(({ type, name }) => javaHash(type) ^ (name === null ? 0 : javaHash(name)))
  return parts.reduce((sum, part) => (sum + part) | 0, 31)
}

/** Sets and removes quotas of one entity. Throws for one to remove that is not set, for a value that is no number, and what the broker says. */
export async function alterQuotas(admin: Admin, entity: QuotaEntity, ops: readonly ConfigOperation[]): Promise<void> {
  const [now] = await admin.describeClientQuotas(entity, true)
  const isSet = new Set(now?.values.map(({ key }) => key))
  const unset = ops.filter(({ name, op }) => op === 'delete' && !isSet.has(name)).map(({ name }) => name)
  if (unset.length > 0) throw new QuotaRefused(`Invalid config(s): ${unset.join(',')}`)
  await admin.alterClientQuotas({
    entity,
    values: ops.map(({ name, op, value }) => ({
      key: name,
      value: op === 'delete' ? undefined : quotaValue(name, value ?? ''),
    })),
  })
}

/** What is wrong before the broker is asked to change anything. */
export class QuotaRefused extends Error {
  override name = 'QuotaRefused'
}

function quotaValue(name: string, text: string): number {
  const value = parseDouble(text)
  if (value === undefined) throw new QuotaRefused(`Cannot parse quota configuration value for ${name}: ${text}`)
  return value
}
