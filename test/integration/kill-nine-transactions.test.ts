import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Admin, Consumer, type KafkaError, type OffsetAndMetadata, Producer } from '../../src/index.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode, startNode } from '../support/killable-node.ts'

const ROUNDS = 4
/** Transactions in a round; in one of them, at a moment of its own, the node is killed. */
const PER_ROUND = 24
const dir = mkdtempSync(join(tmpdir(), 'kill-nine-transactions-'))
let node: Promise<ChildProcess> | undefined
afterAll(async () => {
  const child = await node?.catch(() => undefined)
  child?.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

type Outcome = 'committed' | 'aborted' | 'unknown'

it(`shows each transaction whole or not at all, with the offsets in it, through ${ROUNDS} times kill -9`, async () => {
  const port = await freePort()
  const bootstrap = { 'bootstrap.servers': `127.0.0.1:${port}` }
  const quick = { 'retry.backoff.ms': 20, 'reconnect.backoff.ms': 20, 'reconnect.backoff.max.ms': 100 }
  node = startNode(dir, port)
  await node
  const admin = new Admin(bootstrap)
  await admin.createTopics([{ name: 't', partitions: 2 }])
  const open = async () => {
    const made = new Producer({ ...bootstrap, ...quick, 'transactional.id': 'writer', 'linger.ms': 0 })
    await made.initTransactions()
    return made
  }
  let producer = await open()
  const outcomes: Outcome[] = []

  async function transaction(number: number, commits: boolean): Promise<Outcome> {
    const group = { groupId: 'g', generationId: -1, memberId: '', groupInstanceId: undefined }
    producer.beginTransaction()
    const sent = [0, 1, 0].map((partition, at) => producer.send({ topic: 't', partition, value: `${number}.${at}` }))
    // Each failure shows up in the commit as well.
    for (const one of sent) one.catch(() => {})
    await producer.sendOffsetsToTransaction([{ topic: 't', partition: 0, offset: number + 1 }], group)
    if (commits) await producer.commitTransaction()
    else await producer.abortTransaction()
    return commits ? 'committed' : 'aborted'
  }

  for (let round = 0; round < ROUNDS; round++)
    for (let at = 0; at < PER_ROUND; at++) {
      const number = outcomes.length
      const underway = transaction(number, number % 3 !== 2)
      underway.catch(() => {})
      if (at === PER_ROUND / 2) {
        // Once in each part of a transaction: while it is opened, written to, ended, and just after.
        await new Promise((resolve) => setTimeout(resolve, round * 3))
        await killNode(await node)
        node = startNode(dir, port)
      }
      try {
        outcomes.push(await underway)
      } catch {
        outcomes.push('unknown')
        await producer.close().catch(() => {})
        producer = await open()
      }
    }
  await producer.close()
  await node

  const consumer = new Consumer({ ...bootstrap, 'isolation.level': 'read_committed' })
  const partitions = [0, 1].map((partition) => ({ topic: 't', partition }))
  consumer.assign(partitions)
  consumer.seekToBeginning(partitions)
  const ends = await consumer.endOffsets(partitions)
  // Nothing is left open.
  const plain = new Consumer(bootstrap)
  expect(ends).toEqual(await plain.endOffsets(partitions))
  await plain.close()
  const seen: string[] = []
  const isDone = async () => {
    for (const where of partitions)
      if ((await consumer.position(where)) < (ends.get(`t-${where.partition}`) as number)) return false
    return true
  }
  while (!(await isDone())) for (const { value } of await consumer.poll(200)) seen.push(String(value))
  await consumer.close()

  expect(new Set(seen).size).toBe(seen.length)
  const parts = new Map<number, number>()
  for (const value of seen) parts.set(Math.trunc(Number(value)), (parts.get(Math.trunc(Number(value))) ?? 0) + 1)
  const wrong = outcomes.flatMap((outcome, number) => {
    const count = parts.get(number) ?? 0
    const fits = outcome === 'unknown' ? count === 0 || count === 3 : count === (outcome === 'committed' ? 3 : 0)
    return fits ? [] : [`${number} is ${outcome}, and ${count} records of it are seen`]
  })
  expect(wrong).toEqual([])
  const offsets = (await admin.listConsumerGroupOffsets(['g'])).get('g') as Map<string, OffsetAndMetadata | KafkaError>
  expect(offsets.get('t-0')).toMatchObject({ offset: Math.max(...parts.keys()) + 1 })
  await admin.close()
  expect(outcomes.filter((outcome) => outcome === 'committed').length).toBeGreaterThan(ROUNDS * (PER_ROUND / 2))
}, 120_000)
