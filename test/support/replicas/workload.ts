import { DeleteRecords, Fetch, ListOffsets, Produce } from '../../../src/protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../src/protocol/errors.ts'
import { batchPositions, isControl, lastOffset } from '../../../src/protocol/records/batch.ts'
import { decodeRecords } from '../../../src/protocol/records/record.ts'
import { batchOf, markerOf } from '../../server/storage/batches.ts'
import { ProcessDied } from '../memory-disk.ts'
import type { ReplicaCluster } from './replica-cluster.ts'

export interface Place {
  readonly partition: number
  readonly offset: number
}

/** What a producer may meet without having done anything wrong. */
const passing = new Set<number>([
  Errors.NOT_LEADER_OR_FOLLOWER,
  Errors.UNKNOWN_TOPIC_OR_PARTITION,
  Errors.UNKNOWN_TOPIC_ID,
  Errors.NOT_ENOUGH_REPLICAS,
  Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  Errors.REQUEST_TIMED_OUT,
  Errors.LEADER_NOT_AVAILABLE,
  Errors.FENCED_LEADER_EPOCH,
  Errors.UNKNOWN_LEADER_EPOCH,
  Errors.OFFSET_NOT_AVAILABLE,
])

/** Old enough for the simulated world, and too young for retention. */
const NOW = Date.UTC(2026, 0, 1)

/** Clients of one topic, and what they were told. */
export class Workload {
  /** Values that were acknowledged by all, and where. */
  readonly acknowledged = new Map<string, Place>()
  /** What readers have seen, by partition and offset. */
  readonly seen = new Map<string, string>()
  readonly unexpected: string[] = []
  private readonly latest = new Map<number, number>()
  /** Below these offsets records may be gone, by partition. */
  private readonly deleted = new Map<number, number>()

  constructor(
    private readonly cluster: ReplicaCluster,
    readonly topic: string,
  ) {}

  private leaderOf(partition: number): { topicId: string; leader: number; leaderEpoch: number } {
    const topic = this.cluster.controller.image.topics.get(this.topic)
    const { leader = -1, leaderEpoch = -1 } = topic?.partitions[partition] ?? {}
    return { topicId: topic?.id ?? '', leader, leaderEpoch }
  }

  /** Sends one batch to the leader; gives its offset, an error, or undefined where no answer came. */
  private async send(
    partition: number,
    records: Buffer,
    acks: number,
  ): Promise<{ code: number; offset: number } | undefined> {
    const { leader, topicId } = this.leaderOf(partition)
    if (leader < 0) return undefined
    const topicData = [{ topicId, partitionData: [{ index: partition, records }] }]
    const request = { transactionalId: null, acks, timeoutMs: 150, topicData }
    const answer = await this.cluster.send(undefined, leader, Produce, request).catch(() => undefined)
    const row = answer?.responses[0]?.partitionResponses[0]
    return row && { code: row.errorCode, offset: row.baseOffset }
  }

  /** Writes batches with acks=all, in order, each until it is acknowledged. */
  async produce(producerId: number, partition: number, batches: number): Promise<void> {
    const { world } = this.cluster
    let sequence = 0
    for (let n = 0; n < batches; n++) {
      const values = Array.from({ length: 1 + world.chance.int(3) }, (_, i) => `p${producerId}-${sequence + i}`)
      const records = batchOf({
        values,
        producerId,
        producerEpoch: 0,
        baseSequence: sequence,
        timestamp: NOW,
        padding: world.chance.int(200),
      })
      for (;;) {
        const answer = await this.send(partition, records, -1)
        if (answer?.code === Errors.NONE) {
          for (const [i, value] of values.entries())
            this.acknowledged.set(value, { partition, offset: answer.offset + i })
          break
        }
        if (answer && !passing.has(answer.code))
          this.unexpected.push(`producer ${producerId}: ${new KafkaError(answer.code).error}`)
        await this.cluster.sleep(world.chance.between(5, 60))
      }
      sequence += values.length
      await this.cluster.sleep(world.chance.between(0, 25))
    }
  }

  /** Writes what may be lost, until it is told to stop. */
  async noise(partition: number, over: () => boolean): Promise<void> {
    const { world } = this.cluster
    for (let n = 0; !over(); n++) {
      await this.send(partition, batchOf({ values: [`noise${partition}-${n}`], timestamp: NOW }), 1)
      await this.cluster.sleep(world.chance.between(1, 40))
    }
  }

  /** Writes transactions that are committed, aborted, or left open where their leader goes away. */
  async transact(partition: number, over: () => boolean): Promise<void> {
    const { world } = this.cluster
    for (let producerId = 1000; !over(); producerId++) {
      await this.cluster.sleep(world.chance.between(20, 120))
      const { leader } = this.leaderOf(partition)
      const found = this.cluster.partition(leader, this.topic, partition)
      const values = [`noise-of-transaction-${producerId}`]
      const of = { producerId, producerEpoch: 0, timestamp: NOW }
      try {
        const rules = { requiredAcks: 1, minInSync: 1 }
        found?.append(batchOf({ ...of, values, baseSequence: 0, transactional: true }), { origin: 'client', ...rules })
        await this.cluster.sleep(world.chance.between(0, 40))
        const marker = markerOf(world.chance.bool(0.5) ? 'commit' : 'abort', producerId, 0)
        found?.append(marker, { origin: 'coordinator', ...rules, requiredAcks: -1 })
      } catch (error) {
        // It leads no more, or its process is gone.
        if (!(error instanceof KafkaError) && !(error instanceof ProcessDied)) this.unexpected.push(String(error))
      }
    }
  }

  /** Deletes some of what is committed, now and then. */
  async trim(partition: number, over: () => boolean): Promise<void> {
    const { world } = this.cluster
    while (!over()) {
      await this.cluster.sleep(world.chance.between(100, 900))
      const { leader } = this.leaderOf(partition)
      const offset = world.chance.int(1 + (this.latest.get(partition) ?? 0))
      if (leader < 0 || over()) continue
      this.deleted.set(partition, Math.max(offset, this.deleted.get(partition) ?? 0))
      const partitions = [{ partitionIndex: partition, offset }]
      const request = { topics: [{ name: this.topic, partitions }], timeoutMs: 300 }
      const answer = await this.cluster.send(undefined, leader, DeleteRecords, request).catch(() => undefined)
      const row = answer?.topics[0]?.partitions[0]
      if (!row || (row.errorCode === Errors.NONE && row.lowWatermark >= offset)) continue
      if (row.errorCode === Errors.NONE)
        this.unexpected.push(`deleted ${partition} below ${offset}: ${row.lowWatermark}`)
      // A new leader does not know yet what was committed before it.
      else if (!passing.has(row.errorCode) && row.errorCode !== Errors.OFFSET_OUT_OF_RANGE)
        this.unexpected.push(`deleting in ${partition}: ${new KafkaError(row.errorCode).error}`)
    }
  }

  /** Reads what is committed, again and again from the beginning, until it is told to stop. */
  async consume(partition: number, over: () => boolean): Promise<void> {
    const { world } = this.cluster
    let next = 0
    while (!over()) {
      const read = await this.read(partition, next)
      if (read === undefined || read === next) await this.cluster.sleep(world.chance.between(5, 40))
      next = Math.max(world.chance.bool(0.1) ? 0 : (read ?? next), this.deleted.get(partition) ?? 0)
      if (world.chance.bool(0.3)) await this.askEnd(partition)
    }
  }

  private async read(partition: number, from: number): Promise<number | undefined> {
    const { leader, leaderEpoch, topicId } = this.leaderOf(partition)
    if (leader < 0) return undefined
    const wanted = { partition, currentLeaderEpoch: leaderEpoch, fetchOffset: from, partitionMaxBytes: 2000 }
    const answer = await this.cluster
      .send(undefined, leader, Fetch, {
        ...{ maxWaitMs: 20, minBytes: 1, maxBytes: 5000, isolationLevel: 0, rackId: '', sessionId: 0 },
        ...{ sessionEpoch: -1, topics: [{ topicId, partitions: [wanted] }], replicaState: {}, forgottenTopicsData: [] },
      })
      .catch(() => undefined)
    const row = answer?.responses[0]?.partitions[0]
    if (!row) return undefined
    if (row.errorCode !== Errors.NONE) {
      const isDeleted = row.errorCode === Errors.OFFSET_OUT_OF_RANGE && from < (this.deleted.get(partition) ?? 0)
      if (!isDeleted && !passing.has(row.errorCode))
        this.unexpected.push(`reader of ${partition} from ${from}: ${new KafkaError(row.errorCode).error}`)
      return undefined
    }
    return this.take(partition, from, row.records ?? Buffer.alloc(0))
  }

  private take(partition: number, from: number, records: Buffer): number {
    let next = from
    for (const at of batchPositions(records)) {
      if (isControl(records, at)) {
        next = Math.max(next, lastOffset(records, at) + 1)
        continue
      }
      for (const { offset, value } of decodeRecords(records, at)) {
        if (offset < next) continue
        if (offset !== next) this.unexpected.push(`reader of ${partition} came from ${next} to ${offset}`)
        next = offset + 1
        this.see(partition, offset, String(value).replace(/\.+$/, ''))
      }
    }
    return next
  }

  private see(partition: number, offset: number, value: string): void {
    const key = `${partition}/${offset}`
    const before = this.seen.get(key)
    if (before !== undefined && before !== value) this.unexpected.push(`${key} was ${before} and is ${value}`)
    this.seen.set(key, value)
  }

  /** The end as clients see it never goes back (KIP-207). */
  private async askEnd(partition: number): Promise<void> {
    const { leader, leaderEpoch } = this.leaderOf(partition)
    if (leader < 0) return
    const before = this.latest.get(partition) ?? 0
    const partitions = [{ partitionIndex: partition, currentLeaderEpoch: leaderEpoch, timestamp: -1 }]
    const request = { replicaId: -1, isolationLevel: 0, topics: [{ name: this.topic, partitions }] }
    const answer = await this.cluster.send(undefined, leader, ListOffsets, request).catch(() => undefined)
    const row = answer?.topics[0]?.partitions[0]
    if (!row || row.errorCode !== Errors.NONE) return
    if (row.offset < before) this.unexpected.push(`the end of ${partition} went back from ${before} to ${row.offset}`)
    this.latest.set(partition, Math.max(row.offset, this.latest.get(partition) ?? 0))
  }

  /** What is wrong with the leaders' logs, as they are at the end. */
  verdict(partitions: number): string[] {
    const wrong = [...this.unexpected]
    const found = new Map<string, Place>()
    for (let partition = 0; partition < partitions; partition++) {
      const { leader } = this.leaderOf(partition)
      const log = this.cluster.partition(leader, this.topic, partition)?.log
      if (!log) {
        wrong.push(`partition ${partition} is not there`)
        continue
      }
      const last = new Map<string, number>()
      for (const { buffer } of log.readBatches(log.logStartOffset)) {
        if (isControl(buffer)) continue
        for (const { offset, value } of decodeRecords(buffer, 0)) {
          const text = String(value).replace(/\.+$/, '')
          if (found.has(text) && !text.startsWith('noise')) wrong.push(`${text} is there twice`)
          found.set(text, { partition, offset })
          this.see(partition, offset, text)
          const [producer = '', number = ''] = text.split('-')
          if (producer.startsWith('p') && Number(number) <= (last.get(producer) ?? -1))
            wrong.push(`${text} is out of order`)
          last.set(producer, Number(number))
        }
      }
    }
    for (const [value, { partition, offset }] of this.acknowledged) {
      if (offset < (this.deleted.get(partition) ?? 0)) continue
      const place = found.get(value)
      if (place?.partition !== partition || place.offset !== offset)
        wrong.push(
          `${value} was acknowledged at ${partition}/${offset}, and is ${place ? `at ${place.offset}` : 'lost'}`,
        )
    }
    return [...wrong, ...this.unexpected.slice(wrong.length)]
  }
}
