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
