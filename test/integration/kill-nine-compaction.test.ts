import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/index.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode, startNode } from '../support/killable-node.ts'

const ROUNDS = 6
const KEYS = 50
const dir = mkdtempSync(join(tmpdir(), 'kill-nine-compaction-'))
let node: Promise<ChildProcess> | undefined
afterAll(async () => {
  const child = await node?.catch(() => undefined)
  child?.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

/** Segments roll with every few milliseconds, and there is always something to clean. */
const properties = ['log.roll.ms=5', 'log.cleaner.backoff.ms=5', 'log.cleaner.io.buffer.size=4096']

it(`keeps the newest acknowledged value of each key through ${ROUNDS} times kill -9 in the middle of compaction`, async () => {
  const port = await freePort()
  const bootstrap = { 'bootstrap.servers': `127.0.0.1:${port}` }
  node = startNode(dir, port, properties)
  await node
  const admin = new Admin(bootstrap)
  const configs = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' }
  await admin.createTopics([{ name: 't', partitions: 1, configs }])
  await admin.close()
  const quick = { 'retry.backoff.ms': 20, 'reconnect.backoff.ms': 20, 'reconnect.backoff.max.ms': 100 }
  const producer = new Producer({ ...bootstrap, ...quick, 'linger.ms': 1 })
  /** By key, the newest value that was acknowledged, and its offset. */
  const newest = new Map<string, { value: string; offset: number }>()
  const cleanedUpTo = () => {
    const path = join(dir, 'logs', 'cleaner-offset-checkpoint')
    return existsSync(path) ? Number(/^t 0 (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 0) : 0
  }
  for (let round = 0; round < ROUNDS; round++) {
    const before = cleanedUpTo()
    // Killed somewhere in the middle, once something was compacted.
    for (let turn = 0, after = 8 + 3 * round; after > 0; turn++) {
      const sent = Array.from({ length: KEYS }, async (_, i) => {
        const [key, value] = [`k${i}`, `${round}-${turn}-${i}`]
        const { offset } = await producer.send({ topic: 't', key, value })
        newest.set(key, { value, offset })
      })
      await Promise.all(sent)
      if (cleanedUpTo() > before) after--
    }
    const child = await (node as Promise<ChildProcess>)
    await killNode(child)
    node = startNode(dir, port, properties)
    await node
    const consumer = new Consumer({ ...bootstrap, ...quick, 'check.crcs': true })
    const where = { topic: 't', partition: 0 }
    consumer.assign([where])
    consumer.seekToBeginning([where])
    const end = (await consumer.endOffsets([where])).get('t-0') as number
    const found = new Map<string, { value: string; offset: number }>()
    let count = 0
    while ((await consumer.position(where)) < end)
      for (const { key, value, offset } of await consumer.poll(200)) {
        found.set(String(key), { value: String(value), offset })
        count++
      }
    await consumer.close()
    expect(found).toEqual(newest)
    if (round > 0) expect(count).toBeLessThan(end * 0.7)
  }
  await producer.close()
}, 60_000)
