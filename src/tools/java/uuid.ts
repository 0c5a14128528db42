import { formatUuid, type Uuid } from '../../std/uuid.ts'

/** Reads an id in base64; throws with the sentence of Apache's clients for what is none. */
export function parseJavaUuid(text: string): Uuid {
  if (text.length > 24)
    throw new Error(`Input string with prefix \`${text.slice(0, 24)}\` is too long to be decoded as a base64 UUID`)
  const body = text.replace(/=+$/, '')
  const illegal = /[^\w-]/.exec(body)?.[0]
  if (illegal) throw new Error(`Illegal base64 character ${illegal.charCodeAt(0).toString(16)}`)
  if (body.length % 4 === 1) throw new Error('Last unit does not have enough valid bits')
  const bytes = Buffer.from(body, 'base64url')
  if (bytes.length !== 16)
    throw new Error(
      `Input string \`${text}\` decoded as ${bytes.length} bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID`,
    )
  return formatUuid(bytes)
}
