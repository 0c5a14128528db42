import {
  AlterClientQuotas,
  AlterUserScramCredentials,
  DescribeClientQuotas,
  DescribeUserScramCredentials,
} from '../../protocol/apis/index.ts'
import type { KafkaError } from '../../protocol/errors.ts'
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

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
const mechanisms: readonly ScramMechanism[] = ['SCRAM-SHA-256', 'SCRAM-SHA-512']
const mechanismId = (mechanism: ScramMechanism): number => mechanisms.indexOf(mechanism) + 1

export interface ScramCredential {
  readonly mechanism: ScramMechanism
  readonly iterations: number
}

/** Of the given users, or of all who have any. */
export async function describeScramCredentials(
  cluster: Cluster,
  users: readonly string[] = [],
): Promise<Map<string, readonly ScramCredential[] | KafkaError>> {
  const response = await cluster.call(
    DescribeUserScramCredentials,
    { users: users.length > 0 ? users.map((name) => ({ name })) : null },
    {
      call: 'describeUserScramCredentials',
      errorOf: ({ errorCode, errorMessage }) => itemError(errorCode, errorMessage) ?? Errors.NONE,
    },
  )
  return new Map(
    response.results.map(({ user, errorCode, errorMessage, credentialInfos }) => [
      user,
      itemError(errorCode, errorMessage) ??
        credentialInfos.map(({ mechanism, iterations }) => ({
          mechanism: mechanisms[mechanism - 1] ?? 'SCRAM-SHA-256',
          iterations,
        })),
    ]),
  )
}

export interface ScramAlteration {
  readonly user: string
  readonly mechanism: ScramMechanism
  /** Undefined takes the credential away. */
  readonly password: { readonly salt: Buffer; readonly salted: Buffer; readonly iterations: number } | undefined
}

/** By user. */
export async function alterScramCredentials(
  cluster: Cluster,
  list: readonly ScramAlteration[],
): Promise<Map<string, KafkaError | undefined>> {
  const deletions = list
    .filter(({ password }) => !password)
    .map(({ user, mechanism }) => ({ name: user, mechanism: mechanismId(mechanism) }))
  const upsertions = list.flatMap(({ user, mechanism, password }) =>
    password
      ? [
          {
            name: user,
            mechanism: mechanismId(mechanism),
            iterations: password.iterations,
            salt: password.salt,
            saltedPassword: password.salted,
          },
        ]
      : [],
  )
  const response = await cluster.call(
    AlterUserScramCredentials,
    { deletions, upsertions },
    {
      call: 'alterUserScramCredentials',
      errorOf: ({ results: [first] }) => (first?.errorCode === Errors.NOT_CONTROLLER ? first.errorCode : Errors.NONE),
    },
  )
  return new Map(
    response.results.map(({ user, errorCode, errorMessage }) => [user, itemError(errorCode, errorMessage)]),
  )
}
