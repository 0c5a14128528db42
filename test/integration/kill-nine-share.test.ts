import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Admin, Producer, ShareConsumer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode, startNode } from '../support/killable-node.ts'

const ROUNDS = 3
const RECORDS = 600
const dir = mkdtempSync(join(tmpdir(), 'kill-nine-share-'))
let node: Promise<ChildProcess> | undefined
afterAll(async () => {
  const child = await node?.catch(() => undefined)
  child?.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

const properties = [
  'share.coordinator.state.topic.num.partitions=4',
  'share.coordinator.snapshot.update.records.per.snapshot=10',
  'group.share.min.heartbeat.interval.ms=100',
  'group.share.heartbeat.interval.ms=100',
]

it(`delivers no record again that was accepted, and each at last, through ${ROUNDS} times kill -9`, async () => {
  const port = await freePort()
  const bootstrap = { 'bootstrap.servers': `127.0.0.1:${port}` }
  const quick = { 'retry.backoff.ms': 20, 'reconnect.backoff.ms': 20, 'reconnect.backoff.max.ms': 100 }
  const start = () => startNode(dir, port, properties)
  node = start()
  await node
  const admin = new Admin(bootstrap, nodeRuntime)
  await admin.createTopics([{ name: 't', partitions: 2 }])
  const reset = { name: 'share.auto.offset.reset', op: 'set', value: 'earliest' } as const
  await admin.incrementalAlterConfigs([{ type: 'group', name: 'g', ops: [reset] }])
  await admin.close()
  // A member is given whole batches: these are small, so that it takes many requests.
  const producer = new Producer({ ...bootstrap, 'batch.size': 200 }, nodeRuntime)
  for (let i = 0; i < RECORDS; i++) void producer.send({ topic: 't', partition: i % 2, value: `${i}` })
  await producer.close()

  /** Whose acceptance a broker has confirmed. */
  const confirmed = new Set<string>()
  const wrong: string[] = []
  const delivered = new Set<string>()
  const members = [1, 2].map(() => {
    const settings = { 'max.poll.records': 20, 'fetch.max.wait.ms': 100, 'share.acknowledgement.mode': 'explicit' }
    const consumer = new ShareConsumer({ ...bootstrap, ...quick, ...settings, 'group.id': 'g' }, nodeRuntime)
    consumer.onAcknowledged = ({ partition, offsets, error }) => {
      if (!error) for (const offset of offsets) confirmed.add(`${partition}:${offset}`)
    }
    consumer.subscribe(['t'])
    return consumer
  })
  let over = false
  const failed = (error: unknown) => {
    wrong.push(String(error))
  }
  const work = members.map(async (consumer) => {
    while (!over) {
      const record = (await consumer.poll(100)).cursor()
      while (record.next()) {
        const id = `${record.partition}:${record.offset}`
        if (confirmed.has(id)) wrong.push(`${id} was accepted, and comes again`)
        delivered.add(id)
        consumer.acknowledge(record)
      }
    }
  })
  for (const one of work) one.catch(failed)
  for (let round = 1; round <= ROUNDS; round++) {
    const isUnderWay = () => wrong.length > 0 || delivered.size > (RECORDS / 5) * round
    await expect.poll(isUnderWay, { timeout: 30_000, interval: 5 }).toBe(true)
    expect(wrong).toEqual([])
    await killNode(await node)
    node = start()
    await node
  }
  await expect.poll(() => delivered.size, { timeout: 60_000 }).toBe(RECORDS)
  over = true
  await Promise.all(work)
  await Promise.all(members.map((consumer) => consumer.close()))
  expect(wrong).toEqual([])
  expect(confirmed.size).toBeGreaterThan(RECORDS / 2)

  // Nothing is left for anybody.
  const last = new ShareConsumer({ ...bootstrap, 'group.id': 'g' }, nodeRuntime)
  last.subscribe(['t'])
  const left: string[] = []
  for (let turn = 0; turn < 10; turn++) {
    const record = (await last.poll(100)).cursor()
    while (record.next()) left.push(`${record.partition}:${record.offset}`)
  }
  await last.close()
  expect(left.filter((id) => confirmed.has(id))).toEqual([])
}, 120_000)
