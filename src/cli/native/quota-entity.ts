import { Flags } from '@oclif/core'
import type { Admin, ConfigOperation, DescribedQuotas, QuotaEntity, QuotaFilter } from '../../client/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import { alterQuotas, describeQuotas, QuotaRefused } from '../../tools/configs/quotas.ts'
import { alterScram, describeScram, isMechanism } from '../../tools/configs/scram.ts'
import { InvalidRequest } from '../../tools/groups/reset.ts'

/** Users, clients and ips in `configs`: their quotas and credentials are shown and set as if they were properties. */

const types: Readonly<Record<string, QuotaFilter['type']>> = { user: 'user', client: 'client-id', ip: 'ip' }
export const quotaTypes = Object.keys(types)

export const clientFlags = {
  client: Flags.string({ helpValue: 'id', description: 'The quotas of a user in this client' }),
  'client-defaults': Flags.boolean({ exclusive: ['client'], description: 'The same in all clients without their own' }),
}

/** What the arguments mean; the empty name stands for defaults, undefined for any. */
export interface QuotaChoice {
  readonly type: string
  readonly name: string | undefined
  readonly client: string | undefined
}

export function quotaChoice(
  { type, name }: { readonly type: string; readonly name?: string },
  flags: { readonly defaults: boolean; readonly client?: string; readonly 'client-defaults': boolean },
): QuotaChoice | undefined {
  const client = flags['client-defaults'] ? '' : flags.client
  if (client !== undefined && type !== 'user') throw new InvalidRequest('--client and --client-defaults are for users.')
  if (types[type] === undefined) return undefined
  if (flags.defaults && name !== undefined) throw new InvalidRequest('--defaults stands without a name.')
  return { type, name: flags.defaults ? '' : name, client }
}

export interface ConfiguredEntity {
  readonly type: string
  readonly name: string
  /** Of a user's quotas in one client; empty for all clients without their own. */
  readonly client: string | null
  readonly configs: readonly EntityConfig[]
}

interface EntityConfig {
  readonly name: string
  readonly value: string | null
  /** Of quotas and credentials `QUOTA` and `SCRAM_CREDENTIAL`. */
  readonly source: string
  readonly readOnly: boolean
  readonly sensitive: boolean
}

const entityConfig = (source: string, name: string, value: string): EntityConfig => ({
  name,
  value,
  source,
  readOnly: false,
  sensitive: false,
})

/** A user's quotas come with those in single clients. */
export async function describeQuotaConfigs(
  admin: Admin,
  { type, name, client }: QuotaChoice,
): Promise<ConfiguredEntity[]> {
  const filter = (of: string, value: string | undefined) => ({
    type: types[of] as QuotaFilter['type'],
    name: value === '' ? null : value,
  })
  const filters = [filter(type, name), ...(client === undefined ? [] : [filter('client', client)])]
  const found = (await describeQuotas(admin, filters, type !== 'user')).map((one) => quotaConfigs(type, one))
  if (type !== 'user' || client !== undefined || name === '') return found
  for (const { user, credentials } of await describeScram(admin, name)) {
    const configs = credentials.map(({ mechanism, iterations }) =>
      entityConfig('SCRAM_CREDENTIAL', mechanism, `iterations=${iterations}`),
    )
    const own = found.findIndex((one) => one.name === user && one.client === null)
    if (own < 0) found.push({ type, name: user, client: null, configs })
    else found[own] = { ...found[own]!, configs: [...found[own]!.configs, ...configs] }
  }
  return found
}

function quotaConfigs(type: string, { entity, values }: DescribedQuotas): ConfiguredEntity {
  const part = (of: QuotaFilter['type']) => entity.find((one) => one.type === of)
  const client = type === 'user' ? part('client-id') : undefined
  return {
    type,
    name: part(types[type]!)?.name ?? '',
    client: client ? (client.name ?? '') : null,
    configs: values.map(({ key, value }) => entityConfig('QUOTA', key, String(value))),
  }
}

export async function alterQuotaConfigs(
  admin: Admin,
  { random }: Runtime,
  { type, name = '', client }: QuotaChoice,
  ops: readonly ConfigOperation[],
): Promise<void> {
  const credentials = ops.filter((op) => isMechanism(op.name))
  if (credentials.length > 0 && (type !== 'user' || name === '' || client !== undefined))
    throw new QuotaRefused('Credentials are those of one user, whatever the client.')
  const quotas = ops.filter((op) => !isMechanism(op.name))
  const part = (of: string, value: string) => ({ type: types[of] as QuotaFilter['type'], name: value || null })
  const entity: QuotaEntity = [part(type, name), ...(client === undefined ? [] : [part('client', client)])]
  if (quotas.length > 0) await alterQuotas(admin, entity, quotas)
  // One request changes one credential of a user.
  for (const credential of credentials) await alterScram(admin, random, name, [credential])
}

/** An entity as a person names it. */
export const quotaTitle = ({ type, name = '', client }: QuotaChoice): string => {
  const own = `${type} ${name || 'defaults'}`
  return client === undefined ? own : `${own} in client ${client || 'defaults'}`
}
