/** Java's own format of key stores: certificates in plain bytes, private keys behind a password, a digest with the store's password at the end. */
import { equalInSecret } from '../../std/bytes.ts'
import { sha1 } from '../../std/sha1.ts'
import { itemsIn } from '../der.ts'

const MAGIC = 0xfeed_feed
const DIGEST_BYTES = 20
const PRIVATE_KEY = 1
const TRUSTED_CERTIFICATE = 2

export interface KeyEntry {
  readonly alias: string
  /** An EncryptedPrivateKeyInfo (DER), see `unlockKey`. */
  readonly locked: Buffer
  /** Certificates (DER), the key's own first. */
  readonly chain: readonly Buffer[]
}

export interface JksStore {
  readonly keys: readonly KeyEntry[]
  /** Certificates (DER). */
  readonly trusted: readonly Buffer[]
}

export const isJks = (bytes: Buffer): boolean => bytes.length >= 4 && bytes.readUInt32BE(0) === MAGIC

/** Passwords are taken as UTF-16. */
const inUtf16 = (password: string): Buffer => Buffer.from(password, 'utf16le').swap16()

/** Reads a store. Without a password its bytes are taken on trust, as Java takes them. Throws when it is damaged, or the password another. */
export function readJks(bytes: Buffer, password: string | undefined): JksStore {
  const body = bytes.subarray(0, -DIGEST_BYTES)
  if (password !== undefined) {
    const digest = sha1(inUtf16(password), Buffer.from('Mighty Aphrodite'), body)
    if (!equalInSecret(digest, bytes.subarray(-DIGEST_BYTES))) throw new Error('another password, or damaged')
  }
  const reader = new EntryReader(body)
  const keys: KeyEntry[] = []
  const trusted: Buffer[] = []
  for (let left = reader.start(); left > 0; left--) {
    const tag = reader.uint32()
    const alias = reader.text()
    reader.skip(8) // when it was made
    if (tag === PRIVATE_KEY) {
      const locked = reader.bytes()
      keys.push({ alias, locked, chain: Array.from({ length: reader.uint32() }, () => reader.certificate()) })
    } else if (tag === TRUSTED_CERTIFICATE) trusted.push(reader.certificate())
    else throw new Error(`damaged: an entry of kind ${tag}`)
  }
  return { keys, trusted }
}

class EntryReader {
  private position = 4
  private version = 0

  constructor(private readonly body: Buffer) {}

  /** Reads what stands in front of the entries; gives their number. */
  start(): number {
    this.version = this.uint32()
    if (this.version !== 1 && this.version !== 2) throw new Error(`version ${this.version}, which is not known`)
    return this.uint32()
  }

  uint32(): number {
    return this.take(4).readUInt32BE(0)
  }

  text(): string {
    return this.take(this.take(2).readUInt16BE(0)).toString('utf8')
  }

  bytes(): Buffer {
    return this.take(this.uint32())
  }

  certificate(): Buffer {
    if (this.version === 2) this.text() // its type, always X.509
    return this.bytes()
  }

  skip(count: number): void {
    this.take(count)
  }

  private take(count: number): Buffer {
    const end = this.position + count
    if (end > this.body.length) throw new Error('damaged: it ends in the middle of an entry')
    const taken = this.body.subarray(this.position, end)
    this.position = end
    return taken
  }
}

/**
 * The private key (PKCS8, DER) of an entry. Its bytes are mixed with a stream of digests, each of the password and the one before it, and a digest of
 * password and key stands behind them. Throws when the password is another.
 */
export function unlockKey(locked: Buffer, password: string): Buffer {
  const [info] = itemsIn(locked)
  const [, content] = info ? [...itemsIn(info.content)] : []
  if (!content || content.content.length < 2 * DIGEST_BYTES) throw new Error('damaged: no private key')
  const mixed = content.content
  const secret = inUtf16(password)
  const key = Buffer.from(mixed.subarray(DIGEST_BYTES, -DIGEST_BYTES))
  let stream = mixed.subarray(0, DIGEST_BYTES)
  for (let at = 0; at < key.length; at++) {
    if (at % DIGEST_BYTES === 0) stream = sha1(secret, stream)
    key[at] = (key[at] as number) ^ (stream[at % DIGEST_BYTES] as number)
  }
  if (!equalInSecret(sha1(secret, key), mixed.subarray(-DIGEST_BYTES))) throw new Error('another password')
  return key
}
