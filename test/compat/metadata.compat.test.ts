import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { CreateTopics, IncrementalAlterConfigs, InitProducerId, Metadata } from '../../src/protocol/apis/index.ts'
import { apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer } from '../support/server.ts'
import type { Plain } from '../support/twin.ts'

/** Snapshots of the metadata: Apache's tool reads ours, and Apache's broker starts from them. */
const missing = apacheMissing()
if (missing) console.warn(`Apache's view of our snapshots is skipped: ${missing}`)
const PORT = 26_040
const work = mkdtempSync(join(tmpdir(), 'metadata-compat-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

async function topicsAt(port: number): Promise<Plain[]> {
  const client = await RawClient.connect(port)
  const { topics } = (await client.call(Metadata, 12, { topics: null } as never)) as Plain
  client.destroy()
  return topics
    .map(({ name, topicId, partitions }: Plain) => ({ name, topicId, count: partitions.length }))
    .sort((a: Plain, b: Plain) => (a.name < b.name ? -1 : 1))
}

it.skipIf(missing)('is read by Apache, and by ourselves after the log is gone', { timeout: 120_000 }, async () => {
  // The layout of Apache's node of the same test, so that it takes the directory over as it is.
  const properties = {
    'process.roles': 'broker,controller',
    'controller.quorum.voters': `1@127.0.0.1:${PORT + 1}`,
    listeners: `PLAINTEXT://127.0.0.1:${PORT},CONTROLLER://127.0.0.1:${PORT + 1}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${PORT}`,
    'controller.listener.names': 'CONTROLLER',
    'metadata.log.max.record.bytes.between.snapshots': '1',
    'metadata.max.retention.bytes': '0',
  }
  let server = await startTestServer(properties, { dir: work, port: PORT })
  const client = await RawClient.connect(PORT)
  for (const name of ['one', 'two', 'three'])
    await client.call(CreateTopics, 7, {
      topics: [{ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 10_000,
      validateOnly: false,
    })
  const configs = [{ name: 'retention.ms', configOperation: 0, value: '123456' }]
  await client.call(IncrementalAlterConfigs, 1, {
    resources: [{ resourceType: 2, resourceName: 'two', configs }],
    validateOnly: false,
  })
  await client.call(InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 0 } as never)
  client.destroy()
  const before = await topicsAt(PORT)
  server = await server.restart()
  expect(await topicsAt(PORT)).toEqual(before)
  await server.server.close()

  const metadata = join(work, 'logs', '__cluster_metadata-0')
  const checkpoint = readdirSync(metadata).find(
    (name) => name.endsWith('.checkpoint') && name !== 'bootstrap.checkpoint',
  )
  expect(checkpoint).toBeDefined()
  const copy = join(work, checkpoint as string)
  cpSync(join(metadata, checkpoint as string), copy)
  const dump = await runTool('kafka-dump-log', ['--files', copy, '--cluster-metadata-decoder', '--print-data-log'])
  expect(dump.exitCode).toBe(0)
  expect(dump.stdout).toContain('SnapshotHeader')
  expect(dump.stdout).toContain('"name":"retention.ms","value":"123456"')
  expect(dump.stdout.match(/"type":"PARTITION_RECORD"/g)).toHaveLength(6)
  expect(dump.stdout).toContain('"type":"PRODUCER_IDS_RECORD"')
  expect(dump.stdout).toContain('SnapshotFooter')

  const apache = await startBroker(work, PORT)
  try {
    for (let attempt = 0; attempt < 100 && (await topicsAt(PORT)).length < before.length; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await topicsAt(PORT)).toEqual(before)
  } finally {
    await apache.stop()
  }
})
