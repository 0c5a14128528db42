import { afterAll, beforeAll, expect, it } from 'vitest'
import { CreateTopics, IncrementalAlterConfigs } from '../../src/protocol/apis/index.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** What a node says of properties that are set while it runs and do nothing there. */
let node: TestServer
let client: RawClient
beforeAll(async () => {
  node = await startTestServer()
  client = await RawClient.connect(node.port)
  const topic = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  await client.call(CreateTopics, 7, { topics: [topic], timeoutMs: 1000, validateOnly: false })
})
afterAll(async () => {
  client?.destroy()
  await node?.close()
})

const TOPIC = 2
const BROKER = 4

async function set(resourceType: number, resourceName: string, properties: Record<string, string>): Promise<void> {
  const configs = Object.entries(properties).map(([name, value]) => ({ name, configOperation: 0, value }))
  const resources = [{ resourceType, resourceName, configs }]
  const answer = await client.call(IncrementalAlterConfigs, 1, { resources, validateOnly: false })
  expect(answer?.responses[0]?.errorCode).toBe(0)
}
const told = () => node.lines.filter((line) => line.startsWith('Without effect'))

it('is told once, with the reason', async () => {
  await set(BROKER, '', { 'num.io.threads': '16', 'log.retention.ms': '3600000' })
  await set(TOPIC, 't', { 'local.retention.ms': '1000', 'retention.ms': '3600000' })
  await set(TOPIC, 't', { 'retention.ms': '7200000' })
  const sentences = [
    'Without effect at all brokers: num.io.threads (one event loop does what threads, queues and buffers of these sizes do elsewhere).',
    'Without effect at topic t: local.retention.ms (there is no tiered storage).',
  ]
  expect(told()).toEqual(sentences)
  client.destroy()
  node = await node.restart()
  client = await RawClient.connect(node.port)
  expect(new Set(told())).toEqual(new Set(sentences))
})
