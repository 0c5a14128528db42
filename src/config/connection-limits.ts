import { plainAddress } from '../std/ip-address.ts'

/** How many connections there may be at a time. */
export interface ConnectionLimits {
  /** At all listeners together. */
  readonly inAll: number
  readonly atListener: number
  /** From one address, at all listeners. */
  from(address: string): number
}

/** How many may come in a second; infinite where nothing is said. */
export interface ConnectionRates {
  /** At all listeners together. */
  readonly inAll: number
  readonly atListener: number
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
    counts.set(plainAddress(address.toLowerCase()), Number(count))
  }
  return counts
}

export function connectionLimits(
  { inAll, atListener }: Pick<ConnectionLimits, 'inAll' | 'atListener'>,
  perIp: number,
  overrides: string,
): ConnectionLimits {
  const counts = readOverrides(overrides)
  return { inAll, atListener, from: (address) => counts?.get(plainAddress(address.toLowerCase())) ?? perIp }
}
