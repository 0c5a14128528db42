import type { ProducerRecord } from '../client/types.ts'
import type { Context } from './context.ts'

export interface LostRecords {
  readonly any: boolean
  readonly count: number
  readonly report: (record: ProducerRecord, error: Error) => void
}

const size = (part: Uint8Array | string | null | undefined): string =>
  part === null || part === undefined ? 'null' : `${Buffer.byteLength(part)} bytes`

/** Tells of every record that did not arrive, in the sentence of Apache's producer, and remembers that there was one. */
export function lostRecords({ console }: Context): LostRecords {
  let count = 0
  return {
    get any() {
      return count > 0
    },
    get count() {
      return count
    },
    report: ({ topic, key, value }, error) => {
      count++
      console.error(
        `ERROR Error when sending message to topic ${topic} with key: ${size(key)}, value: ${size(value)} with error: ${error.message}\n`,
      )
    },
  }
}

/** The same for records of which only the number is known: one sentence for all that failed together. */
export function lostCounts({ console }: Context): {
  readonly count: number
  readonly report: (error: Error, count: number) => void
} {
  let total = 0
  return {
    get count() {
      return total
    },
    report: (error, count) => {
      total += count
      console.error(`ERROR ${count} record(s) could not be sent: ${error.message}\n`)
    },
  }
}
