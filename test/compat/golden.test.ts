import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ResponseHeader } from '../../src/protocol/apis/header.ts'
import * as apis from '../../src/protocol/apis/index.ts'
import { type Api, Reader, Writer } from '../../src/protocol/schema/index.ts'

/**
 * What Java's clients and tools 4.3.1, librdkafka and kafkajs said to Apache's broker 4.3.1, and what it answered, caught on the wire. Our
 * codecs must read every byte of it, and write the same bytes again.
 */
interface Exchange {
  readonly client: string
  readonly api: number
  readonly version: number
  /** Frames without their length, as base64. */
  readonly request: string
  readonly response: string
}
const file = join(import.meta.dirname, 'golden', 'exchanges.json')
const exchanges = JSON.parse(readFileSync(file, 'utf8')) as Exchange[]
const byKey = new Map((Object.values(apis) as Api[]).map((api) => [api.key, api]))

function readTags(reader: Reader, version: number): void {
  if (version >= 2) expect(reader.unsignedVarint()).toBe(0)
}

describe('caught on the wire', () => {
  const cases = exchanges.map((one) => [`${one.client}: ${byKey.get(one.api)?.name} ${one.version}`, one] as const)
  it.each(cases)('%s', (_name, { api: key, version, request, response }) => {
    const api = byKey.get(key) as Api
    const asked = new Reader(Buffer.from(request, 'base64'))
    expect([asked.int16(), asked.int16()]).toEqual([key, version])
    asked.int32()
    asked.slice(Math.max(0, asked.int16()))
    readTags(asked, api.requestHeader(version))
    sameAgain(api.requestCodec(version), asked)

    const answered = new Reader(Buffer.from(response, 'base64'))
    ResponseHeader.codec(api.responseHeader(version)).decode(answered)
    sameAgain(api.responseCodec(version), answered)
  })

  it('covers the clients and most of the APIs', () => {
    expect(new Set(exchanges.map(({ client }) => client))).toEqual(new Set(['java', 'librdkafka', 'kafkajs']))
    expect(new Set(exchanges.map(({ api }) => api)).size).toBeGreaterThan(28)
  })
})

function sameAgain(codec: ReturnType<Api['requestCodec']>, reader: Reader): void {
  const bytes = reader.buffer.subarray(reader.offset)
  const value = codec.decode(reader)
  expect(reader.remaining).toBe(0)
  const writer = new Writer()
  codec.encode(writer, value as never)
  expect(writer.concat().toString('hex')).toBe(bytes.toString('hex'))
}
