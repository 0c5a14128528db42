import type { Admin, ConfigOperation, QuotaEntity, QuotaFilter } from '../../client/index.ts'
import { doubleText } from '../../std/java-numbers.ts'
import { alterQuotas, clientQuotas, describeQuotas, ipQuotas, QuotaRefused } from '../../tools/configs/quotas.ts'
import { alterScram, describeScram, isMechanism } from '../../tools/configs/scram.ts'
import type { Context } from '../context.ts'
import type { Entities, EntityKind } from './configs-entities.ts'

/** What kafka-configs does with users, clients and ips, which have quotas and credentials, not properties of their own. */

const quotaTypes: Partial<Readonly<Record<EntityKind, QuotaFilter['type']>>> = {
  users: 'user',
  clients: 'client-id',
  ips: 'ip',
}
/** In the order in which they are named. */
const titles = { user: 'user-principal', 'client-id': 'client-id', ip: 'ip' } as const

export async function describeQuotaEntities(
  admin: Admin,
  { kinds, names }: Entities,
  { console }: Context,
): Promise<void> {
  if (names.length > kinds.length) throw new QuotaRefused('More entity names specified than entity types')
  const filters = kinds.map((kind, at) => {
    const name = names[at]
    return { type: quotaTypes[kind]!, name: name === '' ? null : name }
  })
  for (const { entity, values } of await describeQuotas(admin, filters, true)) {
    const texts = values.map(({ key, value }) => `${key}=${doubleText(value)}`)
    console.out(`Quota configs for ${entityText(entity)} are ${texts.join(', ')}\n`)
  }
  if (kinds.includes('users') && !kinds.includes('clients') && !names.includes(''))
    for (const { user, credentials } of await describeScram(admin, names[0])) {
      const texts = credentials.map(({ mechanism, iterations }) => `${mechanism}=iterations=${iterations}`)
      console.out(`SCRAM credential configs for user-principal '${user}' are ${texts.join(', ')}\n`)
    }
}

function entityText(entity: QuotaEntity): string {
  const parts = (Object.keys(titles) as QuotaFilter['type'][]).flatMap((type) => {
    const part = entity.find((one) => one.type === type)
    if (!part) return []
    return [part.name === null ? `the default ${titles[type]}` : `${titles[type]} '${part.name}'`]
  })
  return parts.join(', ')
}

export async function alterQuotaEntity(
  admin: Admin,
  { kinds, names }: Entities,
  ops: readonly ConfigOperation[],
  { runtime }: Context,
): Promise<void> {
  checkNames(kinds, ops)
  if (names.length !== kinds.length) throw new QuotaRefused('An entity name must be specified for every entity type')
  const credentials = ops.filter(({ name }) => isMechanism(name))
  if (credentials.length === 0) {
    const entity = kinds.map((kind, at) => ({ type: quotaTypes[kind]!, name: names[at] || null }))
    return alterQuotas(admin, entity, ops)
  }
  if (credentials.length < ops.length)
    throw new QuotaRefused(
      "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.",
    )
  if (names[0] === '')
    throw new QuotaRefused(
      'The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server.',
    )
  return alterScram(admin, runtime.random, names[0] as string, credentials)
}

/** Throws for names that are no quota of such an entity. */
function checkNames(kinds: readonly EntityKind[], ops: readonly ConfigOperation[]): void {
  const known: readonly string[] = kinds[0] === 'ips' ? ipQuotas : clientQuotas
  const isAlone = kinds.length === 1 && kinds[0] === 'users'
  const strange = (op: 'set' | 'delete') =>
    ops
      .filter(({ name, op: own }) => own === op && !known.includes(name) && !(isAlone && isMechanism(name)))
      .map(({ name }) => name)
  for (const [op, verb, list] of [
    ['set', 'added', 'Set'],
    ['delete', 'deleted', 'ArrayBuffer'],
  ] as const) {
    const names = strange(op)
    if (names.length === 0) continue
    if (kinds[0] === 'ips')
      throw new QuotaRefused(
        `Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: ${names.join(',')}`,
      )
    const what = isAlone ? 'quota and SCRAM credential' : 'quota'
    throw new QuotaRefused(
      `Only ${what} configs can be ${verb} for '${isAlone ? 'users' : 'clients'}' using --bootstrap-server. Unexpected config names: ${list}(${names.join(', ')})`,
    )
  }
}
