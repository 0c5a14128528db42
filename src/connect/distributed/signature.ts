import { signatureHashes } from '../config/distributed-config.ts'
import type { SessionKey } from './config-state.ts'

export const SIGNATURE_HEADER = 'X-Connect-Authorization'
export const ALGORITHM_HEADER = 'X-Connect-Request-Signature-Algorithm'

/** Bytes of a key as Java makes them for an algorithm. */
const KEY_SIZES: Readonly<Record<string, number>> = { HmacSHA1: 64, HmacSHA256: 32, HmacSHA384: 48, HmacSHA512: 64 }

/** `bits` as in `inter.worker.key.size`, null for the algorithm's own. */
export const keySize = (algorithm: string, bits: number | null): number =>
  bits === null ? (KEY_SIZES[algorithm] ?? 32) : Math.ceil(bits / 8)

const importKey = (key: Buffer, algorithm: string, use: 'sign' | 'verify') =>
  crypto.subtle.importKey(
    'raw',
    new Uint8Array(key),
    { name: 'HMAC', hash: signatureHashes[algorithm] as string },
    false,
    [use],
  )

/** Headers of a request between workers (KIP-507). */
export async function sign(body: string, { key }: SessionKey, algorithm: string): Promise<Record<string, string>> {
  const signature = await crypto.subtle.sign('HMAC', await importKey(key, algorithm, 'sign'), Buffer.from(body))
  return { [SIGNATURE_HEADER]: Buffer.from(signature).toString('base64'), [ALGORITHM_HEADER]: algorithm }
}

export async function isSigned(
  body: string,
  { key }: SessionKey,
  algorithm: string,
  signature: string,
): Promise<boolean> {
  const given = Buffer.from(signature, 'base64')
  return crypto.subtle.verify('HMAC', await importKey(key, algorithm, 'verify'), given, Buffer.from(body))
}
