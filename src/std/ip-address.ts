/** In front of an address of IPv4 at a socket of IPv6. */
const MAPPED = '::ffff:'

/** An address of IPv4 as it is, also where it comes in the form of IPv6; others stay. */
export const plainAddress = (address: string): string =>
  address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address
