import { describe, expect, it } from 'vitest'
import * as apis from '../../src/protocol/apis/index.ts'
import { type Api, Reader, Writer } from '../../src/protocol/schema/index.ts'
import { fieldsFromJson } from '../../src/tools/request/from-json.ts'
import { fieldsToJson } from '../../src/tools/request/to-json.ts'
import { sampleRequests } from '../support/sample-requests.ts'

const samples = sampleRequests('AwQFBgcICQoLDA0ODxAREg')
const all = Object.values(apis) as Api[]

function encoded(api: Api, version: number, request: object): string {
  const writer = new Writer()
  api.requestCodec(version).encode(writer, request as never)
  return Buffer.concat(writer.finish()).toString('hex')
}

describe('a request as JSON', () => {
  it('is the same request again, in every version of every API', () => {
    let compared = 0
    for (const api of all)
      for (let version = api.versions[0]; version <= api.versions[1]; version++)
        for (const found of [true, false]) {
          const bytes = encoded(api, version, samples[api.name]?.(version, found) ?? {})
          const decoded = api.requestCodec(version).decode(new Reader(Buffer.from(bytes, 'hex')))
          const json = JSON.parse(JSON.stringify(fieldsToJson(api.request, decoded, version)))
          expect(encoded(api, version, fieldsFromJson(api.request, json, version)), `${api.name} ${version}`).toBe(
            bytes,
          )
          compared++
        }
    expect(compared).toBeGreaterThan(500)
  })

  it('shows the fields of its version, bytes in base64 and what is no quantity as digits', () => {
    const records = Buffer.from([1, 2, 250])
    const produce = { topicData: [{ name: 't', partitionData: [{ index: 0, records }] }] }
    expect(fieldsToJson(apis.Produce.request, produce, 3)).toEqual({
      ...{ transactionalId: null, acks: null, timeoutMs: null },
      topicData: [{ name: 't', partitionData: [{ index: 0, records: 'AQL6' }] }],
    })
  })

  it.each([
    [{ topcs: [] }, 'There is no field topcs: did you mean topics?'],
    [{ topics: [{ name: 5 }] }, 'topics[0].name has to be a string, not 5.'],
    [{ topics: {} }, 'topics has to be a list, not {}.'],
    [{ allowAutoTopicCreation: 'yes' }, 'allowAutoTopicCreation has to be true or false, not "yes".'],
    [{ topics: [{ topicId: 'short' }] }, 'topics[0].topicId has to be an id of 22 characters, not "short".'],
    [[], 'The request has to be an object, not [].'],
  ])('%j says what is wrong', (json, sentence) => {
    expect(() => fieldsFromJson(apis.Metadata.request, json, 12)).toThrow(sentence)
  })

  it('takes whole numbers in their range only', () => {
    const fetch = (maxBytes: unknown) => () => fieldsFromJson(apis.Fetch.request, { maxBytes }, 12)
    for (const bad of [2 ** 31, 1.5, '1', null])
      expect(fetch(bad)).toThrow('maxBytes has to be a whole number from -2147483648 to 2147483647')
    expect(fetch(5)()).toEqual({ maxBytes: 5 })
  })
})
