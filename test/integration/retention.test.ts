import { expect, it } from 'vitest'
import { Admin, Producer } from '../../src/client/index.ts'
import { BrokerConfig } from '../../src/config/broker.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { brokerEntries } from '../../src/server/metadata/effective-config.ts'
import { emptyImage } from '../../src/server/metadata/image.ts'
import { startTestServer } from '../support/server.ts'

const FIRST = 'log.initial.task.delay.ms'

it('begins when the properties say, and takes what is dated too far back, however new it is', async () => {
  const node = await startTestServer({ [FIRST]: '0', 'log.retention.check.interval.ms': '20' })
  const admin = new Admin({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
  await admin.createTopics(['old', 'new'].map((name) => ({ name, partitions: 1 })))
  const producer = new Producer({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
  await producer.send({ topic: 'new', value: 'x' })
  await producer.send({ topic: 'old', value: 'x', timestamp: 500 })
  const beginOf = async (topic: string) =>
    (await admin.listOffsets([{ topic, partition: 0, spec: 'earliest' }])).get(`${topic}-0`)
  await expect.poll(() => beginOf('old'), { timeout: 10_000 }).toMatchObject({ offset: 1 })
  expect(await beginOf('new')).toMatchObject({ offset: 0 })
  await producer.close()
  admin.close()
  await node.close()
})

it('has a property that is told of only where it was set, for it is not public', () => {
  const valueAt = (properties: Record<string, string>) =>
    brokerEntries(emptyImage, new BrokerConfig(properties)).find(({ name }) => name === FIRST)?.value
  expect(valueAt({})).toBeUndefined()
  expect(valueAt({ [FIRST]: '1000' })).toBe('1000')
})
