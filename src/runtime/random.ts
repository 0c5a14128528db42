import { formatUuid, type Uuid, ZERO_UUID } from '../std/uuid.ts'

/** Chance. */
export interface Random {
  /** A whole number in [0, limit), to spread things by; secrets are made of `bytes`. */
  int(limit: number): number
  bytes(length: number): Buffer
}

/** A version 4 id as Kafka makes them: never zero, never starting with a dash, which a command line would take for a flag. */
export function randomUuid(random: Random): Uuid {
  for (;;) {
    const bytes = random.bytes(16)
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
    const text = formatUuid(bytes)
    if (text !== ZERO_UUID && !text.startsWith('-')) return text
  }
}

/** A random id in the usual hexadecimal spelling, for member ids. */
export function randomUuidHex(random: Random): string {
  const hex = Buffer.from(randomUuid(random), 'base64url').toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
