import type { File } from '../../runtime/index.ts'
import { decodeSnapshot } from '../../server/storage/producer-snapshot.ts'
import { readInt16, readInt64 } from '../../std/big-endian.ts'
import type { DumpEvent } from './events.ts'

const SEQUENCES = 2 ** 31

/** The producers of a snapshot; undefined for a snapshot that is damaged. */
export function dumpProducers(bytes: Buffer): DumpEvent[] | undefined {
  return decodeSnapshot(bytes)?.map((producer) => {
    const { lastBatch } = producer
    return {
      kind: 'producer',
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnFirstOffset: producer.currentTxnStartOffset >= 0 ? producer.currentTxnStartOffset : undefined,
      lastTimestamp: producer.lastTimestamp,
      lastBatch: lastBatch && {
        firstSequence: (lastBatch.lastSequence - lastBatch.offsetDelta + SEQUENCES) % SEQUENCES,
        ...lastBatch,
      },
    }
  })
}

const TRANSACTION = 34

/** The transactions that a segment's index says were aborted. */
export function* dumpAbortedTransactions(file: File): Generator<DumpEvent> {
  const entry = Buffer.alloc(TRANSACTION)
  for (let position = 0; position + TRANSACTION <= file.size(); position += TRANSACTION) {
    file.read(entry, 0, TRANSACTION, position)
    const version = readInt16(entry, 0)
    if (version > 0)
      throw new Error(
        `Unexpected aborted transaction version ${version} in transaction index ${file.path}, current version is 0`,
      )
    yield {
      kind: 'aborted-transaction',
      version,
      producerId: readInt64(entry, 2),
      firstOffset: readInt64(entry, 10),
      lastOffset: readInt64(entry, 18),
      lastStableOffset: readInt64(entry, 26),
    }
  }
}
