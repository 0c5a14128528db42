import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/index.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode, startNode } from '../support/killable-node.ts'

const ROUNDS = 10
const PER_ROUND = 3000
const dir = mkdtempSync(join(tmpdir(), 'kill-nine-'))
/** The newest node, once it has said that it is there: acknowledgements may come before that. */
let node: Promise<ChildProcess> | undefined
afterAll(async () => {
  const child = await node?.catch(() => undefined)
  child?.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

it(`keeps every acknowledged record, once and in place, through ${ROUNDS} times kill -9 in the middle of produce`, async () => {
  const port = await freePort()
  const bootstrap = { 'bootstrap.servers': `127.0.0.1:${port}` }
  node = startNode(dir, port)
  await node
  const admin = new Admin(bootstrap)
  await admin.createTopics([{ name: 't', partitions: 2 }])
  const producer = new Producer({
    ...bootstrap,
    'linger.ms': 1,
    'retry.backoff.ms': 20,
    'reconnect.backoff.ms': 20,
    'reconnect.backoff.max.ms': 100,
  })
  const places = new Map<string, string>()
  for (let round = 0; round < ROUNDS; round++) {
    const underway: Promise<void>[] = []
    let acknowledged = 0
    for (let n = 0; n < PER_ROUND; n++) {
      const value = `${round}-${n}`
      const sent = producer.send({ topic: 't', value }).then(({ partition, offset }) => {
        acknowledged++
        places.set(value, `${partition}@${offset}`)
      })
      underway.push(sent)
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
      // Somewhere in the middle, with requests on the wire and answers on their way back.
      if (n === PER_ROUND / 2) {
        while (acknowledged < (PER_ROUND / 4) * ((round % 3) / 2)) await new Promise((resolve) => setImmediate(resolve))
        await killNode(await node)
        node = startNode(dir, port)
      }
    }
    await Promise.all([...underway, node])
  }
  await producer.close()
  expect(places.size).toBe(ROUNDS * PER_ROUND)

  const consumer = new Consumer({ ...bootstrap, 'auto.offset.reset': 'earliest' })
  const partitions = [0, 1].map((partition) => ({ topic: 't', partition }))
  consumer.assign(partitions)
  consumer.seekToBeginning(partitions)
  const ends = await consumer.endOffsets(partitions)
  const next = [0, 0]
  const found = new Map<string, string>()
  while (next.some((offset, partition) => offset < (ends.get(`t-${partition}`) ?? 0))) {
    for (const { partition, offset, value } of await consumer.poll(1000)) {
      expect(offset).toBe(next[partition])
      next[partition] = offset + 1
      const text = String(value)
      expect(found.has(text)).toBe(false)
      found.set(text, `${partition}@${offset}`)
    }
  }
  await consumer.close()
  await admin.close()
  expect(found.size).toBe(places.size)
  for (const [value, place] of places) if (place.split('@')[1] !== '-1') expect(found.get(value)).toBe(place)
}, 120_000)
