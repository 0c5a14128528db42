import { type Codec, compile } from './compile.ts'
import type { Input, Output, Shape } from './field.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Who answers a request: any broker, the partition's leader, a coordinator, or the active controller. */
export type Destination = 'any' | 'leader' | 'group-coordinator' | 'transaction-coordinator' | 'controller'

interface ApiDefinition<Req extends Shape, Res extends Shape> {
  readonly key: number
  readonly name: string
  readonly versions: readonly [number, number]
  /** The first version with compact lengths and tagged fields; left out when there is none. */
  readonly flexible?: number
  readonly to?: Destination
  readonly request: Req
  readonly response: Res
}

/** One request and its response, in all versions. */
export interface Api<Req extends Shape = Shape, Res extends Shape = Shape> extends ApiDefinition<Req, Res> {
  readonly flexible: number
  readonly to: Destination
  requestCodec(version: number): Codec<Req>
  responseCodec(version: number): Codec<Res>
  /** Header versions, as KIP-482 sets them: request 1 or 2, response 0 or 1. */
  requestHeader(version: number): number
  responseHeader(version: number): number
}

const API_VERSIONS = 18

/** Remembers what was made for a version. */
function byVersion<T>(make: (version: number) => T): (version: number) => T {
  const made: T[] = []
  return (version) => (made[version] ??= make(version))
}

export function api<const Req extends Shape, const Res extends Shape>(
  definition: ApiDefinition<Req, Res>,
): Api<Req, Res> {
  const flexible = definition.flexible ?? Number.POSITIVE_INFINITY
  return {
    ...definition,
    flexible,
    to: definition.to ?? 'any',
    requestCodec: byVersion((version) => compile(definition.request, version, version >= flexible)),
    responseCodec: byVersion((version) => compile(definition.response, version, version >= flexible)),
    requestHeader: (version) => (version >= flexible ? 2 : 1),
    // A client that knows nothing yet must be able to read the answer to ApiVersions (KIP-511).
    responseHeader: (version) => (version >= flexible && definition.key !== API_VERSIONS ? 1 : 0),
  }
}

export type RequestOf<A extends Api> = Output<A['request']>
export type ResponseOf<A extends Api> = Output<A['response']>
export type RequestInput<A extends Api> = Input<A['request']>
export type ResponseInput<A extends Api> = Input<A['response']>

interface MessageDefinition<S extends Shape> {
  readonly name: string
  /** The record type: the api key of a metadata record, the key version of a coordinator record. */
  readonly key?: number
  readonly versions: readonly [number, number]
  readonly flexible?: number
  readonly fields: S
}

/** A message that is stored or embedded, not sent by itself. */
export interface Message<S extends Shape = Shape> extends MessageDefinition<S> {
  readonly flexible: number
  codec(version: number): Codec<S>
  /** The bytes of a value, without any version in front. */
  encode(version: number, value: Input<S>): Buffer
  decode(version: number, bytes: Buffer): Output<S>
}

export function message<const S extends Shape>(definition: MessageDefinition<S>): Message<S> {
  const flexible = definition.flexible ?? Number.POSITIVE_INFINITY
  const codec = byVersion((version) => compile(definition.fields, version, version >= flexible))
  return {
    ...definition,
    flexible,
    codec,
    encode: (version, value) => {
      const writer = new Writer()
      codec(version).encode(writer, value)
      return writer.concat()
    },
    decode: (version, bytes) => codec(version).decode(new Reader(bytes)),
  }
}
