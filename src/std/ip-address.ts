/** In front of an address of IPv4 at a socket of IPv6. */
const MAPPED = '::ffff:'

/** An address of IPv4 as it is, also where it comes in the form of IPv6; others stay. */
export const plainAddress = (address: string): string =>
  address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address

/** The four or sixteen bytes of an address. Throws for a text that is none. */
export function addressBytes(address: string): Buffer {
  const plain = plainAddress(address).replace(/%.*$/, '')
  if (!plain.includes(':')) return Buffer.from(plain.split('.').map((part) => byteOf(part, address)))
  // The last four bytes may be written as an address of IPv4.
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(plain)
  const hex = (a: string, b: string) => ((byteOf(a, address) << 8) | byteOf(b, address)).toString(16)
  const text = dotted
    ? `${dotted[1]}${hex(dotted[2] as string, dotted[3] as string)}:${hex(dotted[4] as string, dotted[5] as string)}`
    : plain
  const [head = '', tail] = text.split('::')
  const groups = (part: string) => part.split(':').filter((group) => group !== '')
  const [before, after] = [groups(head), groups(tail ?? '')]
  const missing = 8 - before.length - after.length
  if (missing < 0 || (tail === undefined && missing > 0)) throw new Error(`${address} is no address`)
  const bytes = Buffer.alloc(16)
  for (const [at, group] of [...before, ...Array<string>(missing).fill('0'), ...after].entries()) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) throw new Error(`${address} is no address`)
    bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * at)
  }
  return bytes
}

function byteOf(text: string, address: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 255) throw new Error(`${address} is no address`)
  return Number(text)
}

/** The usual spelling of the four or sixteen bytes of an address; undefined for any other number of them. */
export function addressText(bytes: Buffer): string | undefined {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return undefined
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16))
  const zeros = groups.join(':').match(/\b0(:0)+\b/g) ?? []
  const longest = zeros.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return groups.join(':')
  const [head = '', tail = ''] = groups.join(':').split(new RegExp(`(?:^|:)${longest}(?:$|:)`))
  return `${head}::${tail}`
}
