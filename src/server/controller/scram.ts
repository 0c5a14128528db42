import {
  type ScramCredential,
  type ScramKeys,
  type ScramMechanism,
  scramIterations,
  scramKeys,
  scramMechanisms,
} from '../../network/sasl/scram.ts'
import type { AlterUserScramCredentials, DescribeUserScramCredentials } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { MetadataLevel } from '../../protocol/metadata-version.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { metadataLevel } from '../metadata/record-forms.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import type { MetadataDecision } from './controller.ts'

/** Credentials for SASL/SCRAM (KIP-554). */

type Request = RequestOf<typeof AlterUserScramCredentials>
type Upsertion = Request['upsertions'][number]

/** Undefined for a mechanism that does not exist. */
export async function keysOf({ mechanism, saltedPassword }: Upsertion): Promise<ScramKeys | undefined> {
  const known = scramMechanisms[mechanism - 1]
  return known && saltedPassword.length > 0 ? scramKeys(known, saltedPassword) : undefined
}

const credentialKey = (user: string, mechanism: number): string => `scram:${user}:${mechanism}`

/** What a login of this user is checked against. */
export function scramCredentialOf(
  { kept }: MetadataImage,
  mechanism: ScramMechanism,
  user: string,
): ScramCredential | undefined {
  const record = kept.get(credentialKey(user, scramMechanisms.indexOf(mechanism) + 1))
  return record?.type === 'UserScramCredentialRecord' ? record.fields : undefined
}

/** Each user once in a request; what is wrong with one user keeps no other from being changed. */
export function alterScramCredentials(
  image: MetadataImage,
  { deletions, upsertions }: Request,
  keys: readonly (ScramKeys | undefined)[],
): MetadataDecision<ResponseInput<typeof AlterUserScramCredentials>> {
  const changes = [
    ...deletions.map(({ name, mechanism }) => ({ name, decide: () => deletion(image, name, mechanism) })),
    ...upsertions.map((one, at) => ({ name: one.name, decide: () => upsertion(image, one, keys[at]) })),
  ]
  const records: MetadataRecord[] = []
  const users = [...new Set(changes.map(({ name }) => name))]
  const results = users.map((user) => {
    const own = changes.filter(({ name }) => name === user)
    try {
      if (own.length > 1)
        throw new KafkaError('DUPLICATE_RESOURCE', 'A user credential cannot be altered twice in the same request')
      records.push(...own.map(({ decide }) => decide()))
      return { user, errorCode: 0, errorMessage: null }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { user, errorCode: error.code, errorMessage: error.message }
    }
  })
  return { records, reply: { throttleTimeMs: 0, results } }
}

function check(image: MetadataImage, user: string, mechanism: number): void {
  if (metadataLevel(image) < MetadataLevel.scram)
    throw new KafkaError('UNSUPPORTED_VERSION', 'The current metadata.version does not support SCRAM')
  if (user === '') throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'Username must not be empty')
  if (!scramMechanisms[mechanism - 1]) throw new KafkaError('UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism')
}

function deletion(image: MetadataImage, name: string, mechanism: number): MetadataRecord {
  check(image, name, mechanism)
  if (!image.kept.has(credentialKey(name, mechanism)))
    throw new KafkaError('RESOURCE_NOT_FOUND', 'Attempt to delete a user credential that does not exist')
  return metadataRecord('RemoveUserScramCredentialRecord', 0, { name, mechanism })
}

function upsertion(
  image: MetadataImage,
  { name, mechanism, iterations, salt }: Upsertion,
  keys: ScramKeys | undefined,
): MetadataRecord {
  check(image, name, mechanism)
  if (iterations < scramIterations.min) throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'Too few iterations')
  if (iterations > scramIterations.max) throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'Too many iterations')
  if (!keys) throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'The salted password must not be empty')
  return metadataRecord('UserScramCredentialRecord', 0, { name, mechanism, salt, iterations, ...keys })
}

type Described = ResponseInput<typeof DescribeUserScramCredentials>['results']

/** Everybody's when no name is given. What is described is that there is a credential, never what it is. */
export function describeScramCredentials({ kept }: MetadataImage, users: readonly string[]): Described {
  const byUser = new Map<string, { mechanism: number; iterations: number }[]>()
  for (const record of kept.values()) {
    if (record.type !== 'UserScramCredentialRecord') continue
    const { name, mechanism, iterations } = record.fields
    byUser.set(name, [...(byUser.get(name) ?? []), { mechanism, iterations }])
  }
  const asked = users.length > 0 ? [...new Set(users)] : [...byUser.keys()]
  return asked.map((user) => {
    const credentialInfos = (byUser.get(user) ?? []).sort((a, b) => a.mechanism - b.mechanism)
    const failed = (error: KafkaError) => ({
      user,
      errorCode: error.code,
      errorMessage: error.message,
      credentialInfos: [],
    })
    if (users.filter((name) => name === user).length > 1)
      return failed(
        new KafkaError(
          'DUPLICATE_RESOURCE',
          `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`,
        ),
      )
    if (credentialInfos.length === 0)
      return failed(
        new KafkaError('RESOURCE_NOT_FOUND', `Attempt to describe a user credential that does not exist: ${user}`),
      )
    return { user, errorCode: 0, errorMessage: '', credentialInfos }
  })
}
