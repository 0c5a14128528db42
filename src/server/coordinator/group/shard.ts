import { KafkaError } from '../../../protocol/errors.ts'
import * as batch from '../../../protocol/records/batch.ts'
import { decodeRecords, encodeBatch } from '../../../protocol/records/record.ts'
import type { Clock } from '../../../runtime/index.ts'
import type { Journal } from '../../machine/runner.ts'
import type { Partition } from '../../replication/partition.ts'
import { ClassicGroup } from './classic-group.ts'
import { GroupOffsets } from './offsets.ts'
import { decodeGroupRecord, encodeGroupRecord, type GroupRecord } from './records.ts'

/** Control record type of a committed transaction; the other one is its abort. */
const COMMIT = 1

/** All groups whose id falls on one partition of `__consumer_offsets`: the fold of that partition's records. */
export class GroupShard {
  readonly groups = new Map<string, ClassicGroup>()
  readonly offsets = new Map<string, GroupOffsets>()
  readonly journal: Journal<GroupRecord>

  constructor(
    readonly partition: Partition,
    private readonly clock: Clock,
  ) {
    this.journal = { append: (records) => this.append(records) }
    this.load()
  }

  private append(records: readonly GroupRecord[]): { end: number; committed: Promise<void> } {
    const timestamp = this.clock.now()
    const bytes = encodeBatch(records.map((record) => encodeGroupRecord(record, timestamp)))
    const result = this.partition.append(bytes, { origin: 'coordinator', requiredAcks: -1, minInSync: 1 })
    return { end: result.lastOffset + 1, committed: result.written ?? Promise.resolve() }
  }

  replay(record: GroupRecord): void {
    if (record.type === 'offset') this.replayOffset(record)
    else if (record.value === undefined) this.groups.delete(record.group)
    // Otherwise the group at hand is what the record was made of.
    else if (!this.groups.has(record.group))
      this.groups.set(record.group, ClassicGroup.restore(record.group, record.value))
  }

  private replayOffset({ group, topic, partition, value }: Extract<GroupRecord, { type: 'offset' }>): void {
    let offsets = this.offsets.get(group)
    if (value === undefined) {
      offsets?.delete(topic, partition)
      if (offsets?.isEmpty) this.offsets.delete(group)
      return
    }
    if (!offsets) this.offsets.set(group, (offsets = new GroupOffsets()))
    offsets.set(topic, partition, value)
  }

  /** Reads the partition from its start. What a transaction wrote counts when its commit marker is found. */
  private load(): void {
    const { log } = this.partition
    const open = new Map<number, GroupRecord[]>()
    for (const { buffer } of log.readBatches(log.logStartOffset)) {
      const producerId = batch.producerId(buffer)
      if (batch.isControl(buffer)) {
        const [marker] = decodeRecords(buffer)
        if (marker?.key?.readInt16BE(2) === COMMIT) for (const record of open.get(producerId) ?? []) this.replay(record)
        open.delete(producerId)
        continue
      }
      const pending = batch.isTransactional(buffer) ? (open.get(producerId) ?? []) : undefined
      if (pending) open.set(producerId, pending)
      for (const { key, value } of decodeRecords(buffer)) {
        const record = key && decodeGroupRecord(key, value)
        if (!record) continue
        if (pending) pending.push(record)
        else this.restore(record)
      }
    }
  }

  /** While loading, a later record of a group always stands for the whole of it. */
  private restore(record: GroupRecord): void {
    if (record.type === 'group' && record.value)
      this.groups.set(record.group, ClassicGroup.restore(record.group, record.value))
    else this.replay(record)
  }

  /** A group as members know it, or one that has nothing but offsets. */
  find(id: string): ClassicGroup | undefined {
    const group = this.groups.get(id)
    if (group) return group
    if (!this.offsets.has(id)) return undefined
    const simple = new ClassicGroup(id, this.clock.now())
    this.groups.set(id, simple)
    return simple
  }

  /** Throws GROUP_ID_NOT_FOUND. */
  get(id: string): ClassicGroup {
    const group = this.find(id)
    if (!group) throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${id} not found.`)
    return group
  }

  obtain(id: string): ClassicGroup {
    let group = this.find(id)
    if (!group) this.groups.set(id, (group = new ClassicGroup(id, this.clock.now())))
    return group
  }

  *all(): Generator<ClassicGroup> {
    yield* this.groups.values()
    for (const id of this.offsets.keys()) if (!this.groups.has(id)) yield new ClassicGroup(id, this.clock.now())
  }
}
