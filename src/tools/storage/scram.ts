import {
  type ScramMechanism,
  saltedPassword,
  scramIterations,
  scramKeys,
  scramMechanisms,
} from '../../network/sasl/scram.ts'
import type { Random } from '../../runtime/index.ts'
import { type MetadataRecord, metadataRecord } from '../../server/metadata/records.ts'

/** Credentials that a cluster starts with (KIP-900): without them nobody could log in to a new cluster that asks everybody to. */

const SALT_BYTES = 24

/** Reads `SCRAM-SHA-256=[name=alice,password=secret]`, and makes the record that stands for it. Throws Apache's sentences. */
export async function scramRecord(text: string, random: Random): Promise<MetadataRecord> {
  const at = text.indexOf('=')
  if (at < 0) throw new Error(`Failed to find equals sign in SCRAM argument '${text}'`)
  const mechanism = text.slice(0, at) as ScramMechanism
  if (!scramMechanisms.includes(mechanism)) throw new Error(`The add-scram mechanism ${mechanism} is not supported.`)
  const given = componentsOf(text.slice(at + 1))
  const take = (key: string) => {
    const value = given.get(key)
    given.delete(key)
    return value
  }
  const name = take('name')
  if (name === undefined) throw new Error("You must supply 'name' to add-scram")
  const [givenSalt, password, givenSalted] = [take('salt'), take('password'), take('saltedpassword')]
  if (password === undefined && givenSalted === undefined)
    throw new Error("You must supply one of 'password' or 'saltedpassword' to add-scram")
  if (password === undefined && givenSalt === undefined)
    throw new Error("You must supply 'salt' with 'saltedpassword' to add-scram")
  const salt = givenSalt === undefined ? random.bytes(SALT_BYTES) : decoded('salt', givenSalt)
  const iterations = iterationsOf(mechanism, take('iterations'))
  if (given.size > 0) throw new Error(`Unknown SCRAM configurations: ${[...given.keys()].sort().join(', ')}`)
  const salted =
    password === undefined
      ? decoded('saltedPassword', nonEmpty(givenSalted as string))
      : await saltedPassword(mechanism, nonEmpty(password), salt, iterations)
  const keys = await scramKeys(mechanism, salted)
  const number = scramMechanisms.indexOf(mechanism) + 1
  return metadataRecord('UserScramCredentialRecord', 0, { name, mechanism: number, salt, iterations, ...keys })
}

/** Reads `[key=value,key="value"]`. A comma parts components wherever it stands. */
function componentsOf(text: string): Map<string, string> {
  if (!text.startsWith('[')) throw new Error('Expected configuration string to start with [')
  if (!text.endsWith(']')) throw new Error('Expected configuration string to end with ]')
  const components = text.slice(1, -1).split(',')
  return new Map(
    components.map((component) => {
      const at = component.indexOf('=')
      if (at < 0) throw new Error(`No equals sign found in SCRAM component: ${component}`)
      return [component.slice(0, at), component.slice(at + 1).replace(/^"(.*)"$/s, '$1')]
    }),
  )
}

function iterationsOf(mechanism: ScramMechanism, text: string | undefined): number {
  if (text === undefined) return scramIterations.min
  if (!/^[+-]?\d{1,9}$/.test(text)) throw new Error(`Failed to parse iterations count: ${text}`)
  const iterations = Number(text)
  const refuse = (limit: string) =>
    new Error(`The 'iterations' value must be ${limit} for add-scram using ${mechanism.replaceAll('-', '_')}`)
  if (iterations < scramIterations.min) throw refuse(`>= ${scramIterations.min}`)
  if (iterations > scramIterations.max) throw refuse(`<= ${scramIterations.max}`)
  return iterations
}

function decoded(what: string, text: string): Buffer {
  if (!/^[\w+/-]*={0,2}$/.test(text)) throw new Error(`Failed to decode given ${what}: ${text}`)
  return Buffer.from(text, 'base64')
}

/** Java's complaint, by its words, about an empty password. */
function nonEmpty(text: string): string {
  if (text === '') throw new Error('Empty key')
  return text
}
