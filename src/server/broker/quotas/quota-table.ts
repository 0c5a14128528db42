import type { FieldsOf } from '../../metadata/records.ts'

export type QuotaRecord = FieldsOf<'ClientQuotaRecord'>
/** What there are quotas of, as records name it. */
export type QuotaKind =
  | 'producer_byte_rate'
  | 'consumer_byte_rate'
  | 'request_percentage'
  | 'controller_mutation_rate'
  | 'connection_creation_rate'

/** Whose requests are counted. */
export interface Client {
  readonly user: string
  readonly clientId: string
}

export interface Quota {
  /** A second, or percent of the node's time. */
  readonly limit: number
  /** Clients with the same one share the quota. */
  readonly shared: string
}

/** A name, `null` for the default of its type, `undefined` where the type plays no part. */
type Name = string | null | undefined

const part = (name: Name): string => (name === undefined ? '-' : name === null ? '*' : `=${name}`)
const keyOf = (kind: string, user: Name, clientId: Name): string => `${kind}\0${part(user)}\0${part(clientId)}`

/** The quotas that are set, to be asked for one client. */
export class QuotaTable {
  private readonly limits = new Map<string, number>()
  private readonly kinds = new Set<string>()

  constructor(records: Iterable<QuotaRecord>) {
    for (const { entity, key, value } of records) {
      const nameOf = (type: string): Name => entity.find(({ entityType }) => entityType === type)?.entityName
      this.kinds.add(key)
      // An address is never named together with a user or a client.
      const ip = nameOf('ip')
      this.limits.set(ip === undefined ? keyOf(key, nameOf('user'), nameOf('client-id')) : keyOf(key, ip, 'ip'), value)
    }
  }

  has(kind: QuotaKind): boolean {
    return this.kinds.has(kind)
  }

  /** The nearest quota: of this user before all users, and with a client's id before without (KIP-55). */
  of(kind: QuotaKind, { user, clientId }: Client): Quota | undefined {
    for (const userName of [user, null, undefined])
      for (const clientName of [clientId, null, undefined]) {
        const limit = this.limits.get(keyOf(kind, userName, clientName))
        if (limit === undefined) continue
        const shared = `${userName === undefined ? '' : user}\0${clientName === undefined ? '' : clientId}`
        return { limit, shared: `${kind}\0${shared}` }
      }
    return undefined
  }

  ofAddress(address: string): Quota | undefined {
    const kind = 'connection_creation_rate'
    const limit = this.limits.get(keyOf(kind, address, 'ip')) ?? this.limits.get(keyOf(kind, null, 'ip'))
    return limit === undefined ? undefined : { limit, shared: `${kind}\0${address}` }
  }
}
