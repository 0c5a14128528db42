import type { ClientProperties } from '../../client/types.ts'
import type { Runtime } from '../../runtime/index.ts'

/** Clients that wait for nothing: no lingering, no long fetches, no group. */
export function latencySettings(
  base: ClientProperties,
  acks: string,
  { clock }: Runtime,
): { readonly producer: ClientProperties; readonly consumer: ClientProperties } {
  return {
    producer: { ...base, 'linger.ms': 0, 'max.block.ms': Number.MAX_SAFE_INTEGER, acks },
    consumer: {
      ...base,
      'group.id': `test-group-${Math.floor(clock.now())}`,
      'enable.auto.commit': false,
      'auto.offset.reset': 'latest',
      'fetch.max.wait.ms': 0,
    },
  }
}
