/** A 16-byte id as text: URL-safe base64 without padding, 22 characters. */
export type Uuid = string

export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'

export function formatUuid(bytes: Uint8Array): Uuid {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('base64url')
}

/** The 16 bytes of an id; undefined when the text is none. */
export function parseUuid(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === 16 && /^[\w-]{22}(==)?$/.test(text) ? bytes : undefined
}

export function parseUuidInto(text: Uuid, target: Buffer, at: number): void {
  if (target.write(text, at, 16, 'base64url') !== 16) throw new RangeError(`${text} is no uuid`)
}
