import type { StoredRecord } from '../../protocol/records/record.ts'
import { type Message, message } from '../../protocol/schema/index.ts'
import * as consumerGroups from '../../protocol/stored/consumer-group-records.ts'
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../../protocol/stored/consumer-protocol.ts'
import * as groups from '../../protocol/stored/group-records.ts'
import * as shareGroups from '../../protocol/stored/share-group-records.ts'
import * as shareState from '../../protocol/stored/share-state-records.ts'
import * as streamsGroups from '../../protocol/stored/streams-group-records.ts'
import * as transactions from '../../protocol/stored/transaction-records.ts'
import { ExactReader, messageJson } from '../java/message-json.ts'
import type { Contents } from './events.ts'

type Pair = { readonly key: Message; readonly value: Message }
type Pairs = ReadonlyMap<number, Pair>
type ValueText = (message: Message, version: number, value: object) => string

/** The messages of a module by the record type that their keys begin with. */
function pairsOf(...modules: readonly Readonly<Record<string, unknown>>[]): Map<number, Pair> {
  const all = modules.flatMap((module) => Object.values(module) as Message[])
  const keys = all.filter(({ name }) => name.endsWith('Key'))
  return new Map(
    keys.map((key) => {
      const value = all.find(({ name }) => name === key.name.replace(/Key$/, 'Value')) as Message
      return [key.key as number, { key, value }]
    }),
  )
}

const groupPairs = pairsOf(groups, consumerGroups, shareGroups, streamsGroups)
// Before version 1 of the key an offset's record was the same, with other versions of the value.
groupPairs.set(0, groupPairs.get(1) as Pair)

export const groupDecoder = decoder(groupPairs, groupText)
export const transactionDecoder = decoder(pairsOf(transactions), messageJson)
export const shareStateDecoder = decoder(pairsOf(shareState), messageJson)

function decoder(pairs: Pairs, valueText: ValueText): (record: StoredRecord) => Contents {
  return ({ offset, key, value }) => {
    if (key === null)
      throw new Error(
        `Failed to decode message at offset ${offset} using the specified decoder (message had a missing key)`,
      )
    if (key.length < 2) return skipped(offset, "Could not read version from key's buffer.")
    const type = key.readInt16BE(0)
    const pair = pairs.get(type)
    if (!pair) return { key: `Unknown record type ${type} at offset ${offset}, skipping.`, value: undefined }
    try {
      const keyData = messageJson(pair.key, 0, read(pair.key, 0, key.subarray(2), 'key'))
      return {
        key: `{"type":"${type}","data":${keyData}}`,
        value: value === null ? '<DELETE>' : versioned(pair.value, value, valueText),
      }
    } catch (error) {
      return skipped(offset, (error as Error).message)
    }
  }
}

const skipped = (offset: number, why: string): Contents => ({
  key: `Error at offset ${offset}, skipping. ${why}`,
  value: undefined,
})

function versioned(wanted: Message, bytes: Buffer, text: ValueText): string {
  if (bytes.length < 2) throw new Error("Could not read version from value's buffer.")
  const version = bytes.readInt16BE(0)
  const [lowest, highest] = wanted.versions
  if (version < lowest || version > highest)
    throw new Error(`Found an unknown record version ${version} for ${wanted.key} type`)
  const shape = version < wanted.flexible ? untagged(wanted) : wanted
  return `{"version":"${version}","data":${text(shape, version, read(shape, version, bytes.subarray(2), 'value'))}}`
}

const withoutTags = new Map<Message, Message>()

/** What later versions say in tags, versions before the first with tags do not say at all. */
function untagged(original: Message): Message {
  const known = withoutTags.get(original)
  if (known) return known
  const entries = Object.entries(original.fields)
  const plain = entries.filter(([, { spec }]) => spec.tagged === undefined)
  const made = plain.length === entries.length ? original : message({ ...original, fields: Object.fromEntries(plain) })
  withoutTags.set(original, made)
  return made
}

function read(message: Message, version: number, bytes: Buffer, what: string): object {
  try {
    return message.codec(version).decode(new ExactReader(bytes))
  } catch (error) {
    const { message: why } = error as Error
    throw new Error(`Could not read record with version ${version} from ${what}'s buffer due to: ${why}.`)
  }
}

const CONSUMER = 'consumer'
type Member = { readonly subscription: Buffer; readonly assignment: Buffer }
type Group = { readonly protocolType: string; readonly members: readonly Member[] }

/** What members of consumer groups say to each other stands in the JSON in place of its bytes. */
function groupText(message: Message, version: number, value: object): string {
  const text = messageJson(message, version, value)
  const { protocolType, members } = value as Group
  if (message !== (groups.GroupMetadataValue as Message) || protocolType !== CONSUMER) return text
  let at = 0
  let result = ''
  for (const { subscription, assignment } of members) {
    for (const [name, bytes, protocol] of [
      ['subscription', subscription, ConsumerProtocolSubscription as Message],
      ['assignment', assignment, ConsumerProtocolAssignment as Message],
    ] as const) {
      const before = `"${name}":"${bytes.toString('base64')}"`
      const start = text.indexOf(before, at)
      result += `${text.slice(at, start)}"${name}":${protocolText(protocol, bytes) ?? before.slice(name.length + 3)}`
      at = start + before.length
    }
  }
  return result + text.slice(at)
}

/** Undefined for bytes that are not the protocol's, which are left as they are. */
function protocolText(protocol: Message, bytes: Buffer): string | undefined {
  try {
    const version = bytes.readInt16BE(0)
    if (version < protocol.versions[0] || version > protocol.versions[1]) return undefined
    return messageJson(protocol, version, protocol.codec(version).decode(new ExactReader(bytes.subarray(2))))
  } catch {
    return undefined
  }
}
