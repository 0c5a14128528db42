import { longText } from '../java/message-json.ts'
import type { BatchEvent, DumpEvent, ProducerEvent, RecordEvent } from './events.ts'

/** Lines as Apache's kafka-dump-log prints them. */
export interface TextOptions {
  readonly path: string
  /** Only the contents of records. */
  readonly skipMetadata: boolean
}

export function eventText(event: DumpEvent, { path, skipMetadata }: TextOptions): string {
  switch (event.kind) {
    case 'log':
      return `Log starting offset: ${event.baseOffset}\n`
    case 'checkpoint':
      return `Snapshot end offset: ${event.endOffset}, epoch: ${event.epoch}\n`
    case 'bootstrap-checkpoint':
      return 'KRaft bootstrap snapshot\n'
    case 'batch':
      return batchText(event)
    case 'record':
      return recordText(event, skipMetadata)
    case 'invalid-bytes':
      return `Found ${event.bytes} invalid bytes at the end of ${path.slice(path.lastIndexOf('/') + 1)}\n`
    case 'offset-entry':
      return `offset: ${event.offset} position: ${event.position}\n`
    case 'time-entry':
      return `timestamp: ${longText(event.timestamp)} offset: ${event.offset}\n`
    case 'empty-index':
      return `${path} is empty.\n`
    case 'sane-index':
      return `${path} passed sanity check.\n`
    case 'producer':
      return producerText(event)
    case 'aborted-transaction':
      return `version: ${event.version} producerId: ${event.producerId} firstOffset: ${event.firstOffset} lastOffset: ${event.lastOffset} lastStableOffset: ${event.lastStableOffset}\n`
  }
}

const optional = (value: number | undefined): string =>
  value === undefined ? 'OptionalLong.empty' : `OptionalLong[${value}]`

function batchText(batch: BatchEvent): string {
  const { baseOffset, lastOffset, count, baseSequence, lastSequence, producerId, producerEpoch } = batch
  return (
    `baseOffset: ${baseOffset} lastOffset: ${lastOffset} count: ${count} ` +
    `baseSequence: ${baseSequence} lastSequence: ${lastSequence} ` +
    `producerId: ${producerId} producerEpoch: ${producerEpoch} partitionLeaderEpoch: ${batch.partitionLeaderEpoch} ` +
    `isTransactional: ${batch.transactional} isControl: ${batch.control} ` +
    `deleteHorizonMs: ${optional(batch.deleteHorizon)} position: ${batch.position} ` +
    `${batch.timestampType}: ${longText(batch.timestamp)} size: ${batch.size} magic: ${batch.magic} ` +
    `compresscodec: ${batch.codec} crc: ${batch.crc} isvalid: ${batch.valid}\n`
  )
}

/** A record whose metadata is skipped leaves its line behind, empty if it has nothing else to tell. */
function recordText(record: RecordEvent, skipMetadata: boolean): string {
  const { control, contents } = record
  const parts: string[] = []
  if (!skipMetadata)
    parts.push(
      `offset: ${record.offset} ${record.timestampType}: ${longText(record.timestamp)} keySize: ${record.keySize} ` +
        `valueSize: ${record.valueSize} sequence: ${record.sequence} headerKeys: [${record.headerKeys.join(',')}]`,
    )
  if (!skipMetadata && control !== undefined) parts.push(control)
  if (contents?.key !== undefined) parts.push(`key: ${contents.key}`)
  if (contents?.value !== undefined) parts.push(`payload: ${contents.value}`)
  return parts.length > 0 ? `| ${parts.join(' ')}\n` : '\n'
}

function producerText(producer: ProducerEvent): string {
  const { producerId, producerEpoch, coordinatorEpoch, currentTxnFirstOffset, lastTimestamp, lastBatch } = producer
  const head = `producerId: ${producerId} producerEpoch: ${producerEpoch} coordinatorEpoch: ${coordinatorEpoch} currentTxnFirstOffset: ${optional(currentTxnFirstOffset)} lastTimestamp: ${longText(lastTimestamp)}`
  if (!lastBatch) return `${head}\n`
  const { firstSequence, lastSequence, lastOffset, offsetDelta, timestamp } = lastBatch
  return `${head} firstSequence: ${firstSequence} lastSequence: ${lastSequence} lastOffset: ${lastOffset} offsetDelta: ${offsetDelta} timestamp: ${longText(timestamp)}\n`
}
