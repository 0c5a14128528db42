/** Prints every message schema as JSON, for a comparison with Apache Kafka's field tables. */

import * as header from '../src/protocol/apis/header.ts'
import * as apis from '../src/protocol/apis/index.ts'
import type { Range, Spec } from '../src/protocol/schema/field.ts'
import type { Api, Message, Shape } from '../src/protocol/schema/index.ts'
import * as consumerGroupRecords from '../src/protocol/stored/consumer-group-records.ts'
import * as consumerProtocol from '../src/protocol/stored/consumer-protocol.ts'
import * as controlRecords from '../src/protocol/stored/control-records.ts'
import * as groupRecords from '../src/protocol/stored/group-records.ts'
import * as metadataRecords from '../src/protocol/stored/metadata-records.ts'
import * as quorumState from '../src/protocol/stored/quorum-state.ts'
import * as shareGroupRecords from '../src/protocol/stored/share-group-records.ts'
import * as shareStateRecords from '../src/protocol/stored/share-state-records.ts'
import * as streamsGroupRecords from '../src/protocol/stored/streams-group-records.ts'
import * as transactionRecords from '../src/protocol/stored/transaction-records.ts'

const open = (range: Range | undefined) => range && [range[0], range[1] === Number.POSITIVE_INFINITY ? null : range[1]]

function typeOf(spec: Spec): string {
  // A hash has its own kind here, and is a number in Kafka's tables.
  if (spec.kind === 'hash64') return 'int64'
  return spec.kind === 'array' ? `[]${(spec.element as Spec).kind}` : spec.kind
}

function fields(shape: Shape, message = ''): object[] {
  return Object.entries(shape).map(([name, { spec }]) => {
    const inner = spec.kind === 'array' ? (spec.element as Spec).shape : spec.shape
    return {
      name,
      type: typeOf(spec),
      versions: versionsOf(spec, message),
      nullable: open(spec.nullable),
      tag: spec.tag,
      tagged: open(spec.tagged),
      default: spec.default,
      ignorable: spec.ignorable || undefined,
      fields: inner && fields(inner),
    }
  })
}

/** Kafka's table of this message does not say from which version on its tagged fields are there, and a comparison takes that for the first. */
const WITHOUT_VERSIONS = 'TransactionLogValue'
const versionsOf = ({ tagged, versions }: Spec, message: string) =>
  open(message === WITHOUT_VERSIONS && tagged ? [0, versions[1]] : versions)

const flexible = (value: number) => (value === Number.POSITIVE_INFINITY ? null : value)

const requests = (Object.values(apis) as Api[]).flatMap((api) =>
  (['request', 'response'] as const).map((side) => ({
    name: api.name + (side === 'request' ? 'Request' : 'Response'),
    apiKey: api.key,
    versions: api.versions,
    flexible: flexible(api.flexible),
    fields: fields(api[side]),
  })),
)
const stored = [
  consumerGroupRecords,
  consumerProtocol,
  controlRecords,
  groupRecords,
  metadataRecords,
  quorumState,
  shareGroupRecords,
  shareStateRecords,
  streamsGroupRecords,
  transactionRecords,
  header,
]
  .flatMap((module) => Object.values(module) as Message[])
  .map((message) => ({
    name: message.name,
    apiKey: message.key,
    versions: message.versions,
    flexible: flexible(message.flexible),
    fields: fields(message.fields, message.name),
  }))

process.stdout.write(`${JSON.stringify([...requests, ...stored])}\n`)
