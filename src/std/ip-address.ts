/** In front of an address of IPv4 at a socket of IPv6. */
const MAPPED = '::ffff:'

/** An address of IPv4 as it is, also where it comes in the form of IPv6; others stay. */
export const plainAddress = (address: string): string =>
  address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address

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
