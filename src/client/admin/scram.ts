import { type ScramMechanism, scramMechanisms } from '../../network/sasl/scram.ts'
import { AlterUserScramCredentials, DescribeUserScramCredentials } from '../../protocol/apis/index.ts'
import type { KafkaError } from '../../protocol/errors.ts'
import { Errors } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { itemError } from '../fan-out.ts'

const mechanismId = (mechanism: ScramMechanism): number => scramMechanisms.indexOf(mechanism) + 1

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
          mechanism: scramMechanisms[mechanism - 1] ?? 'SCRAM-SHA-256',
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
