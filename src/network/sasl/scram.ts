/** The arithmetic of SCRAM (RFC 5802): what is sent and stored in place of a password. */

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

export async function scramKeys(mechanism: ScramMechanism, salted: Buffer): Promise<ScramKeys> {
  const { subtle } = crypto
  const hash = hashes[mechanism]
  const key = await subtle.importKey('raw', new Uint8Array(salted), { name: 'HMAC', hash }, false, ['sign'])
  const sign = (text: string) => subtle.sign('HMAC', key, Buffer.from(text))
  return {
    storedKey: Buffer.from(await subtle.digest(hash, await sign('Client Key'))),
    serverKey: Buffer.from(await sign('Server Key')),
  }
}
