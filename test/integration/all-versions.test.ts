import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as apis from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import type { Api } from '../../src/protocol/schema/index.ts'
import { RawClient } from '../support/raw-client.ts'
import { isAmongNodes, sampleRequests } from '../support/sample-requests.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** A client of any age gets an answer it can read: every version of every API, with a request that finds something and one that does not. */
let node: TestServer
let topicId: string
beforeAll(async () => {
  node = await startTestServer()
  const client = await RawClient.connect(node.port)
  const topic = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  await client.call(apis.CreateTopics, 7, { topics: [topic], timeoutMs: 1000, validateOnly: false })
  const records = encodeBatch([{ key: null, value: Buffer.from('v'), timestamp: 1_700_000_000_000 }])
  await client.call(apis.Produce, 9, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
  })
  await client.call(apis.FindCoordinator, 3, { key: 'g', keyType: 0 })
  topicId = (await client.call(apis.Metadata, 12, { topics: [{ name: 't' }], includeTopicAuthorizedOperations: false }))
    ?.topics[0]?.topicId as string
  client.destroy()
})
afterAll(() => node.close())

describe('every version of every API', () => {
  const served = (Object.values(apis) as Api[]).filter((api) => !isAmongNodes(api))
  const cases = served.flatMap((api) => {
    const [low, high] = api.versions
    return Array.from({ length: high - low + 1 }, (_, at) => [api.name, low + at, api] as const)
  })
  it.each(cases)('%s %i', async (name, version, api) => {
    for (const found of [true, false]) {
      const client = await RawClient.connect(node.port)
      const answer = await client.call(api, version, sampleRequests(topicId)[name]?.(version, found) as never)
      client.destroy()
      expect(answer, `${found}`).toBeDefined()
      expect(JSON.stringify(answer)).not.toContain(`"errorCode":${Errors.UNKNOWN_SERVER_ERROR},`)
    }
  })

  it('says in ApiVersions exactly what it serves', async () => {
    const client = await RawClient.connect(node.port)
    const answer = await client.call(apis.ApiVersions, 4, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
    client.destroy()
    const offered = answer?.apiKeys.map(
      ({ apiKey, minVersion, maxVersion }) => `${apiKey}: ${minVersion}-${maxVersion}`,
    )
    const known = served.map(({ key, versions }) => `${key}: ${key === 0 ? 0 : versions[0]}-${versions[1]}`)
    expect(new Set(offered)).toEqual(new Set(known))
  })
})
