/** How many connections a listener takes at a time. */
export interface ConnectionLimits {
  readonly inAll: number
  from(address: string): number
}

/**
 * What `max.connections.per.ip.overrides` says: `ADDRESS:COUNT`, separated by commas. Undefined when it says nothing that can be read; names of hosts
 * are not looked up.
 */
export function readOverrides(text: string): ReadonlyMap<string, number> | undefined {
  const counts = new Map<string, number>()
  for (const item of text.split(',').filter((one) => one.trim() !== '')) {
    const [, address, count] = /^\s*([\d.]+|[\da-f:.]*:[\da-f:.]*):(\d+)\s*$/i.exec(item) ?? []
    if (address === undefined) return undefined
    counts.set(plain(address), Number(count))
  }
  return counts
}

/** An IPv4 address as it is, also where it comes in the form of IPv6. */
const plain = (address: string): string => address.toLowerCase().replace(/^::ffff:(?=[\d.]+$)/, '')

export function connectionLimits(inAll: number, perIp: number, overrides: string): ConnectionLimits {
  const counts = readOverrides(overrides)
  return { inAll, from: (address) => counts?.get(plain(address)) ?? perIp }
}
