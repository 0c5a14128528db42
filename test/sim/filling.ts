/**
 * Some runs have records of many bytes in segments that last, and consumers and followers that ask for a little at a time and have other things
 * to do: brokers then read ahead for them (`read-ahead.ts`), which nobody else in such a small world gives them reason for.
 */
export const isFilled = (seed: number): boolean => seed % 5 === 0

const VALUE = 700
/** Several records, and the least that is read ahead. */
const READ = '4096'

/** A value as it is sent, of that many bytes. */
export const filled = (value: string): string => value.padEnd(VALUE, '.')

/** A value as it is written down. */
export const withoutFilling = (value: Buffer | null): string => String(value).replace(/\.+$/, '')

/** Properties of such a run, over those of other runs. */
export const filledNodes: Readonly<Record<string, string>> = {
  'log.roll.ms': '5000',
  'replica.fetch.max.bytes': READ,
}

/** One or two records are a batch, so that an answer has several. */
export const filledProducer = { 'compression.type': 'none', 'batch.size': 2 * VALUE } as const

export const filledConsumer = { 'max.partition.fetch.bytes': Number(READ) } as const
