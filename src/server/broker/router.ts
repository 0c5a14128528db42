import { type Answer, type FrameHandler, NO_ANSWER, type Peer } from '../../network/frame-handler.ts'
import { ApiVersions, Produce } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import {
  type Api,
  MalformedMessage,
  Reader,
  type RequestOf,
  type ResponseInput,
  UnsupportedInVersion,
  Writer,
} from '../../protocol/schema/index.ts'
import { readInt16, writeInt32 } from '../../std/big-endian.ts'
import { type Access, sentenceOf } from './access/access.ts'
import { admit, interrupts, takeBareMessage } from './login-order.ts'

/** What a handler knows of the request beside its body. */
export interface RequestContext {
  readonly version: number
  readonly clientId: string
  readonly peer: Peer
  /** Of the request, in bytes. */
  readonly size: number
  /** What the sender may do. */
  readonly access: Access
  /** Where the request came to: it may carry another. */
  readonly router: Router
  /** Calls back when the answer has left, or never will. */
  afterSent(callback: () => void): void
  /** The connection ends behind the answer. */
  isLast(): void
}

/** Serves one API, in all its versions. */
export interface Handler<A extends Api = Api> {
  readonly api: A
  handle(
    request: RequestOf<A>,
    context: RequestContext,
  ): ResponseInput<A> | typeof NO_ANSWER | Promise<ResponseInput<A> | typeof NO_ANSWER>
  /** Versions of whoever is asked for the answer, where it is not this node; undefined while they are not known. */
  offered?(): { readonly min: number; readonly max: number } | undefined
}

/** A handler whose types are inferred from its API. */
export const handler = <A extends Api>(api: A, handle: Handler<A>['handle']): Handler =>
  ({ api, handle }) as unknown as Handler

/** Who is told of faults that are ours. */
export interface RouterOptions {
  readonly handlers: readonly Handler[]
  log(line: string): void
  accessOf(peer: Peer): Access
  /** Undefined while nobody has a quota of the node's time. */
  meter(): RequestMeter | undefined
  /** Makes what the requests handled so far wrote true before their answers leave (see `FrameHandler.settle`). */
  settle(): void
}

/** Measures the time that a request takes, against a quota. */
export interface RequestMeter {
  now(): number
  /** Counts milliseconds; gives those for which the sender is not heard. */
  spent(context: RequestContext, ms: number): number
}

/** From a frame to a handler and back: header, version, body, errors. The only place where a thrown error becomes a response. */
export class Router implements FrameHandler {
  private readonly handlers = new Map<number, Handler>()

  constructor(private readonly options: RouterOptions) {
    for (const one of options.handlers) this.handlers.set(one.api.key, one)
  }

  /** What ApiVersions answers: exactly what is served. */
  get apis(): { apiKey: number; minVersion: number; maxVersion: number }[] {
    return [...this.handlers.values()]
      .map((one) => {
        const [{ api }, others] = [one, one.offered?.()]
        const [min, max] = [lowestOffered(api), api.versions[1]]
        return {
          apiKey: api.key,
          minVersion: Math.max(min, others?.min ?? min),
          maxVersion: Math.min(max, others?.max ?? max),
        }
      })
      .filter(({ minVersion, maxVersion }) => minVersion <= maxVersion)
      .sort((a, b) => a.apiKey - b.apiKey)
  }

  /** Appends of one connection are pipelined; everything else waits for the request before it, as in Kafka. */
  overlaps(frame: Buffer): boolean {
    return frame.length >= 2 && readInt16(frame, 0) === Produce.key
  }

  settle(): void {
    this.options.settle()
  }

  handle(frame: Buffer, peer: Peer): Answer | typeof NO_ANSWER | Promise<Answer | typeof NO_ANSWER> {
    if (peer.login?.takesBareMessages) return takeBareMessage(peer.login, frame, peer)
    const reader = new Reader(frame)
    const key = reader.int16()
    const version = reader.int16()
    const correlationId = reader.int32()
    const served = this.handlers.get(key)
    if (peer.login) admit(peer.login, key, served?.api.name ?? `API ${key}`)
    if (!served) throw new MalformedMessage(`api key ${key} is not served here`)
    const { api } = served
    const [low, high] = api.versions
    if (version < low || version > high) {
      if (api.key !== ApiVersions.key) throw new MalformedMessage(`${api.name} has no version ${version} here`)
      // A client of any age must be able to find out what it may ask (KIP-511).
      const answer = { errorCode: Errors.UNSUPPORTED_VERSION, apiKeys: this.apis }
      return { encode: () => encodeResponse(ApiVersions as unknown as Api, 0, correlationId, answer) }
    }
    if (peer.login && interrupts(peer.login, key)) {
      const encode = () => this.encodeError(api, version, correlationId, new KafkaError('ILLEGAL_SASL_STATE'))
      return peer.login.refuse().then(() => ({ encode, isLast: true }))
    }
    const clientId = readClientId(reader)
    if (api.requestHeader(version) >= 2) skipTags(reader)
    const request = api.requestCodec(version).decode(reader)
    let last = false
    const isLast = () => {
      last = true
    }
    let sent: (() => void) | undefined
    const afterSent = (callback: () => void) => {
      sent = callback
    }
    const context: RequestContext = {
      version,
      clientId,
      peer,
      size: frame.length,
      access: this.options.accessOf(peer),
      router: this,
      afterSent,
      isLast,
    }
    const meter = this.options.meter()
    const begun = meter?.now() ?? 0
    const encode = (response: object | typeof NO_ANSWER): Answer | typeof NO_ANSWER =>
      response === NO_ANSWER
        ? NO_ANSWER
        : { encode: () => this.encode(api, version, correlationId, response), sent, isLast: last }
    const failed = (error: unknown): Answer => {
      const parts = this.encodeError(api, version, correlationId, error)
      return { encode: () => parts, sent }
    }
    try {
      const given = served.handle(request, context)
      const silence = meter ? meter.spent(context, meter.now() - begun) : 0
      const response = silence > 0 ? withSilence(api, given, silence) : given
      return response instanceof Promise ? response.then(encode, failed) : encode(response)
    } catch (error) {
      return failed(error)
    }
  }

  private encode(api: Api, version: number, correlationId: number, response: object): Buffer[] {
    try {
      return encodeResponse(api, version, correlationId, response)
    } catch (error) {
      return this.encodeError(api, version, correlationId, error)
    }
  }

  private encodeError(api: Api, version: number, correlationId: number, error: unknown): Buffer[] {
    if (error instanceof MalformedMessage) throw error
    const known = error instanceof KafkaError
    if (!known && !(error instanceof UnsupportedInVersion))
      this.options.log(`${api.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    if (!('errorCode' in api.response)) throw error
    const errorCode = known ? error.code : Errors.UNKNOWN_SERVER_ERROR
    const message = 'errorMessage' in api.response && known ? { errorMessage: sentenceOf(error) } : {}
    return encodeResponse(api, version, correlationId, { errorCode, ...message })
  }
}

/**
 * As Apache's broker (KAFKA-18659): older librdkafka takes a Produce that does not begin at 0 for a broker without compression. Versions
 * before 3 are refused all the same.
 */
const lowestOffered = (api: Api): number => (api.key === Produce.key ? 0 : api.versions[0])

/** Where the answer has a place for it, it says how long the sender is not heard. */
function withSilence<R extends object | typeof NO_ANSWER>(
  api: Api,
  given: R | Promise<R>,
  silence: number,
): R | Promise<R> {
  if (!('throttleTimeMs' in api.response)) return given
  const add = (response: R): R => {
    if (response === NO_ANSWER) return response
    const { throttleTimeMs = 0 } = response as { throttleTimeMs?: number }
    return { ...(response as object), throttleTimeMs: Math.max(throttleTimeMs, silence) } as R
  }
  return given instanceof Promise ? given.then(add) : add(given)
}

/** Null counts as empty; bytes that are no UTF-8 become replacement characters, as everywhere in Kafka. */
function readClientId(reader: Reader): string {
  const length = reader.int16()
  return length < 0 ? '' : reader.knownUtf8(length)
}

function skipTags(reader: Reader): void {
  const count = reader.unsignedVarint()
  if (count > reader.remaining) throw new MalformedMessage(`${count} tagged fields`)
  for (let i = 0; i < count; i++) {
    reader.unsignedVarint()
    reader.slice(reader.unsignedVarint())
  }
}

function encodeResponse(api: Api, version: number, correlationId: number, response: object): Buffer[] {
  const writer = new Writer(256)
  // Room for the length, known only at the end.
  writer.int32(0)
  writer.int32(correlationId)
  if (api.responseHeader(version) >= 1) writer.unsignedVarint(0)
  api.responseCodec(version).encode(writer, response as never)
  const size = writer.length - 4
  const parts = writer.finish()
  writeInt32(parts[0] as Buffer, 0, size)
  return parts
}
