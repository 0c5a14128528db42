import type { StoredRecord } from '../../protocol/records/record.ts'
import { groupDecoder, shareStateDecoder, transactionDecoder } from './coordinator-records.ts'
import type { Contents } from './events.ts'
import { metadataDecoder } from './metadata-records.ts'
import { remoteLogDecoder } from './remote-log-records.ts'

export type DecodeRecord = (record: StoredRecord) => Contents

/** Decoders of the topics that Kafka itself writes. */
export const topicDecoders = {
  offsets: groupDecoder,
  'transaction-log': transactionDecoder,
  'cluster-metadata': metadataDecoder,
  'remote-log-metadata': remoteLogDecoder,
  'share-group-state': shareStateDecoder,
} satisfies Readonly<Record<string, DecodeRecord>>

export type TopicDecoder = keyof typeof topicDecoders

const topics: Readonly<Record<string, TopicDecoder>> = {
  __consumer_offsets: 'offsets',
  __transaction_state: 'transaction-log',
  __cluster_metadata: 'cluster-metadata',
  __remote_log_metadata: 'remote-log-metadata',
  __share_group_state: 'share-group-state',
}

/** The decoder that the folder of a log file, or the name of a snapshot, asks for. */
export function decoderFor(path: string): TopicDecoder | undefined {
  if (path.endsWith('.checkpoint')) return 'cluster-metadata'
  const folder = path.split('/').at(-2)?.replace(/-\d+$/, '')
  return folder === undefined ? undefined : topics[folder]
}

type DecodeBytes = (bytes: Buffer) => string

function exactly(length: number, name: string, read: DecodeBytes): DecodeBytes {
  return (bytes) => {
    if (bytes.length !== length) throw new Error(`Size of data received by ${name} is not ${length}`)
    return read(bytes)
  }
}

const bytesDecoders: Readonly<Record<string, DecodeBytes>> = {
  StringDecoder: (bytes) => bytes.toString(),
  DefaultDecoder: (bytes) => bytes.toString(),
  IntegerDecoder: exactly(4, 'IntegerDeserializer', (bytes) => String(bytes.readInt32BE())),
  LongDecoder: exactly(8, 'LongDeserializer', (bytes) => String(bytes.readBigInt64BE())),
}

/** By the name of Apache's class, or a short one such as `long`. */
function bytesDecoder(name: string): DecodeBytes {
  const wanted = name.replace(/^(org\.apache\.kafka\.tools\.api|kafka\.serializer)\./, '').toLowerCase()
  const known = Object.keys(bytesDecoders).find((one) => [one, one.replace('Decoder', '')].some(isWanted))
  function isWanted(one: string): boolean {
    return one.toLowerCase() === wanted
  }
  if (known === undefined)
    throw new Error(`${name} cannot be loaded; there are ${Object.keys(bytesDecoders).join(', ')}.`)
  return bytesDecoders[known] as DecodeBytes
}

/** Keys and values by a decoder each, for topics of any kind. */
export function plainDecoder(keyDecoder = 'StringDecoder', valueDecoder = 'StringDecoder'): DecodeRecord {
  const readKey = bytesDecoder(keyDecoder)
  const readValue = bytesDecoder(valueDecoder)
  return ({ key, value }) => ({
    key: key === null ? undefined : readKey(key),
    value: value === null ? undefined : readValue(value),
  })
}
