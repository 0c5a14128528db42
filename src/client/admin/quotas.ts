import { AlterClientQuotas, DescribeClientQuotas } from '../../protocol/apis/index.ts'
import { Errors } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { itemError } from '../fan-out.ts'

/** A user, a client, both together, or an address; a name that is null is the default of its type. */
export type QuotaEntity = readonly { readonly type: 'user' | 'client-id' | 'ip'; readonly name: string | null }[]

export interface QuotaFilter {
  readonly type: QuotaEntity[number]['type']
  /** A name, null for the default, undefined for any. */
  readonly name: string | null | undefined
}

export interface DescribedQuotas {
  readonly entity: QuotaEntity
  readonly values: readonly { readonly key: string; readonly value: number }[]
}

const MatchType = { exact: 0, byDefault: 1, specified: 2 } as const

/** Entities that have a part for each filter; `strict` ones have no other parts. */
export async function describeClientQuotas(
  cluster: Cluster,
  filters: readonly QuotaFilter[],
  strict: boolean,
): Promise<DescribedQuotas[]> {
  const components = filters.map(({ type, name }) => ({
    entityType: type,
    matchType: name === undefined ? MatchType.specified : name === null ? MatchType.byDefault : MatchType.exact,
    match: name ?? null,
  }))
  const response = await cluster.call(
    DescribeClientQuotas,
    { components, strict },
    {
      call: 'describeClientQuotas',
      errorOf: ({ errorCode, errorMessage }) => itemError(errorCode, errorMessage) ?? Errors.NONE,
    },
  )
  return (response.entries ?? []).map(({ entity, values }) => ({
    entity: entity.map(({ entityType, entityName }) => ({
      type: entityType as QuotaFilter['type'],
      name: entityName,
    })),
    values,
  }))
}

export interface QuotaAlteration {
  readonly entity: QuotaEntity
  /** A value that is undefined is taken away. */
  readonly values: readonly { readonly key: string; readonly value: number | undefined }[]
}

/** Changes the quotas of one entity; throws what the broker says against it. */
export async function alterClientQuotas(cluster: Cluster, { entity, values }: QuotaAlteration): Promise<void> {
  const entry = {
    entity: entity.map(({ type, name }) => ({ entityType: type, entityName: name })),
    ops: values.map(({ key, value }) => ({ key, value: value ?? 0, remove: value === undefined })),
  }
  await cluster.call(
    AlterClientQuotas,
    { entries: [entry], validateOnly: false },
    {
      call: 'alterClientQuotas',
      errorOf: ({ entries: [answer] }) => (answer && itemError(answer.errorCode, answer.errorMessage)) ?? Errors.NONE,
    },
  )
}
