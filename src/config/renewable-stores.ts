import { storeProperties } from './client-security.ts'
import { listenerSuffix } from './listeners.ts'

/** Where keys and certificates are, and what kinds of files: what a listener takes over while its node runs (KIP-226). */
const renewable: ReadonlySet<string> = new Set([
  ...storeProperties.filter((name) => /store|key/.test(name)),
  'ssl.keystore.type',
  'ssl.truststore.type',
])

/** Whether a property with a listener's name in front is one of them. */
export const isRenewable = (name: string): boolean => renewable.has(listenerSuffix(name) ?? '')
