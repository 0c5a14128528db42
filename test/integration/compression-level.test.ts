import { expect, it } from 'vitest'
import { Admin, KafkaError, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { startTestServer } from '../support/server.ts'

it('packs records again at the level that the topic, or else the broker, names', async () => {
  const server = await startTestServer({ 'compression.gzip.level': '1' })
  const { bootstrap } = server
  const admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  const producer = new Producer({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  try {
    const topic = (name: string, level: Record<string, string>) => ({
      ...{ name, partitions: 1, replicationFactor: 1 },
      configs: { 'compression.type': 'gzip', ...level },
    })
    await admin.createTopics([topic('broker', {}), topic('topic', { 'compression.gzip.level': '9' })])
    const value = Array.from({ length: 5000 }, (_, i) => `${i * i} of ${i % 7}`).join()
    for (const name of ['broker', 'topic']) await producer.send({ topic: name, partition: 0, value })
    const sizes = new Map<string, number>()
    for (const dirs of (await admin.describeLogDirs()).values()) {
      if (dirs instanceof KafkaError) throw dirs
      for (const { replicas } of dirs) for (const one of replicas) sizes.set(one.topic, one.size)
    }
    expect(sizes.get('topic')).toBeLessThan(sizes.get('broker') as number)
  } finally {
    await producer.close()
    await admin.close()
    await server.close()
  }
})
