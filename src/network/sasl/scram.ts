/** The arithmetic of SCRAM (RFC 5802): what is sent and stored in place of a password. */
import { equalInSecret } from '../../std/bytes.ts'

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

/** In the order of their numbers in requests and records, which count from 1. */
export const scramMechanisms: readonly ScramMechanism[] = ['SCRAM-SHA-256', 'SCRAM-SHA-512']

/** Of PBKDF2; Kafka's brokers refuse fewer, and more. */
export const scramIterations = { min: 4096, max: 16_384 } as const

const hashes = { 'SCRAM-SHA-256': 'SHA-256', 'SCRAM-SHA-512': 'SHA-512' } as const
const bits = { 'SCRAM-SHA-256': 256, 'SCRAM-SHA-512': 512 } as const

/** RFC 5802's SaltedPassword. The password is taken as its UTF-8 bytes, unprepared, as Kafka takes it. */
export async function saltedPassword(
  mechanism: ScramMechanism,
  password: string,
  salt: Buffer,
  iterations: number,
): Promise<Buffer> {
  const { subtle } = crypto
  const key = await subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveBits'])
  const how = { name: 'PBKDF2', hash: hashes[mechanism], salt: new Uint8Array(salt), iterations }
  return Buffer.from(await subtle.deriveBits(how, key, bits[mechanism]))
}

/** What a server keeps: it can check a client with these, and not be one. */
export interface ScramKeys {
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

async function hmac(mechanism: ScramMechanism, secret: Buffer, text: string): Promise<Buffer> {
  const { subtle } = crypto
  const how = { name: 'HMAC', hash: hashes[mechanism] }
  const key = await subtle.importKey('raw', new Uint8Array(secret), how, false, ['sign'])
  return Buffer.from(await subtle.sign('HMAC', key, Buffer.from(text)))
}

async function storedKeyOf(mechanism: ScramMechanism, clientKey: Buffer): Promise<Buffer> {
  return Buffer.from(await crypto.subtle.digest(hashes[mechanism], new Uint8Array(clientKey)))
}

export async function scramKeys(mechanism: ScramMechanism, salted: Buffer): Promise<ScramKeys> {
  return {
    storedKey: await storedKeyOf(mechanism, await hmac(mechanism, salted, 'Client Key')),
    serverKey: await hmac(mechanism, salted, 'Server Key'),
  }
}

/** RFC 5802's ClientProof: shows that the client knows the password, for this dialog only. */
export async function clientProof(mechanism: ScramMechanism, salted: Buffer, dialog: string): Promise<Buffer> {
  const clientKey = await hmac(mechanism, salted, 'Client Key')
  const signature = await hmac(mechanism, await storedKeyOf(mechanism, clientKey), dialog)
  return Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] as number)))
}

/** RFC 5802's ServerSignature, which only who has the password's keys can make. */
export async function serverSignature(mechanism: ScramMechanism, salted: Buffer, dialog: string): Promise<Buffer> {
  return hmac(mechanism, await hmac(mechanism, salted, 'Server Key'), dialog)
}

/** What a server knows of a user. */
export interface ScramCredential extends ScramKeys {
  readonly salt: Buffer
  readonly iterations: number
}

/** The server's look at a ClientProof: its own signature for one that is right, undefined for any other. */
export async function answerToProof(
  mechanism: ScramMechanism,
  { storedKey, serverKey }: ScramKeys,
  proof: Buffer,
  dialog: string,
): Promise<Buffer | undefined> {
  const signature = await hmac(mechanism, storedKey, dialog)
  if (proof.length !== signature.length) return undefined
  const clientKey = Buffer.from(proof.map((byte, i) => byte ^ (signature[i] as number)))
  const isRight = equalInSecret(storedKey, await storedKeyOf(mechanism, clientKey))
  return isRight ? hmac(mechanism, serverKey, dialog) : undefined
}
