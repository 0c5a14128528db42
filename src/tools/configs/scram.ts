import {
  type Admin,
  type ConfigOperation,
  KafkaError,
  type ScramMechanism,
  saltedPassword,
} from '../../client/index.ts'
import { scramIterations, scramMechanisms } from '../../network/sasl/scram.ts'
import type { Random } from '../../runtime/index.ts'
import { stringHashOrder } from '../java/hash-order.ts'
import { QuotaRefused } from './quotas.ts'

/** Credentials of users for SASL/SCRAM (KIP-554), which Apache's tools treat as if they were properties of a user. */

const SALT_BYTES = 24

export const isMechanism = (name: string): name is ScramMechanism => scramMechanisms.includes(name as ScramMechanism)

interface Password {
  readonly text: string
  readonly iterations: number
}

/** Reads `password=secret` or `iterations=8192,password=secret`. */
function parsePassword(mechanism: ScramMechanism, text: string): Password {
  const match = /^(?:iterations=(-?\d*),)?password=(.*)$/s.exec(text)
  if (!match) throw new QuotaRefused(`Invalid credential property ${mechanism.replaceAll('-', '_')}=${text}`)
  const [, given, password = ''] = match
  // Apache's tool reads -1 as the default.
  if (given === undefined || given === '-1') return { text: password, iterations: scramIterations.min }
  const iterations = Number(given)
  if (given === '' || given === '-' || Math.abs(iterations) >= 2 ** 31)
    throw new QuotaRefused(`For input string: "${given}"`)
  if (iterations < scramIterations.min)
    throw new QuotaRefused(
      `Iterations ${iterations} is less than the minimum ${scramIterations.min} required for ${mechanism}`,
    )
  return { text: password, iterations }
}

/** Sets and removes credentials of one user. Only what is made of the password leaves this process; throws the broker's error. */
export async function alterScram(
  admin: Admin,
  random: Random,
  user: string,
  ops: readonly ConfigOperation[],
): Promise<void> {
  const wanted = ops.map(({ name, op, value }) => {
    const mechanism = name as ScramMechanism
    return { mechanism, password: op === 'delete' ? undefined : parsePassword(mechanism, value ?? '') }
  })
  if (wanted.some(({ password }) => password?.text === ''))
    throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'Password must not be empty')
  const alterations = wanted.map(async ({ mechanism, password }) => {
    if (!password) return { user, mechanism, password: undefined }
    const { text, iterations } = password
    const salt = random.bytes(SALT_BYTES)
    return {
      user,
      mechanism,
      password: { salt, iterations, salted: await saltedPassword(mechanism, text, salt, iterations) },
    }
  })
  const results = await admin.alterScramCredentials(await Promise.all(alterations))
  for (const error of results.values()) if (error) throw error
}

export interface UserCredentials {
  readonly user: string
  readonly credentials: readonly { readonly mechanism: ScramMechanism; readonly iterations: number }[]
}

/** Of one user or of all, in the order of Apache's broker; users without any are left out. */
export async function describeScram(admin: Admin, user?: string): Promise<UserCredentials[]> {
  const found = await admin.describeScramCredentials(user === undefined ? [] : [user])
  return stringHashOrder(found.keys()).flatMap((name) => {
    const credentials = found.get(name)!
    if (!(credentials instanceof KafkaError)) return [{ user: name, credentials }]
    if (credentials.error === 'RESOURCE_NOT_FOUND') return []
    throw credentials
  })
}
