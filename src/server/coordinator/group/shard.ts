import { KafkaError } from '../../../protocol/errors.ts'
import * as batch from '../../../protocol/records/batch.ts'
import { decodeRecords } from '../../../protocol/records/record.ts'
import type { Decision } from '../../machine/runner.ts'
import type { Partition } from '../../replication/partition.ts'
import { readMarker } from '../../storage/producer-state.ts'
import type { ShardPlace } from '../partition-journal.ts'
import { type Decided, ShardJournal } from '../shard-journal.ts'
import { ClassicGroup } from './classic-group.ts'
import type { Group } from './group.ts'
import { ConsumerGroup } from './modern/consumer/consumer-group.ts'
import type { ModernGroup } from './modern/modern-group.ts'
import { ShareGroup } from './modern/share/share-group.ts'
import { StreamsGroup } from './modern/streams/streams-group.ts'
import { GroupOffsets } from './offsets.ts'
import { PendingOffsets } from './pending-offsets.ts'
import { decodeGroupRecord, encodeGroupRecord, type GroupRecord, type ModernRecord } from './records.ts'

type OffsetRecord = Extract<GroupRecord, { type: 'offset' }>

/** The groups that records of modern kinds make up. */
const kinds = { consumer: ConsumerGroup, share: ShareGroup, streams: StreamsGroup } as const

/** All groups whose id falls on one partition of `__consumer_offsets`: the fold of that partition's records. */
export class GroupShard {
  readonly groups = new Map<string, Group>()
  readonly offsets = new Map<string, GroupOffsets>()
  /** What counts only when its transaction is committed. */
  readonly pending = new PendingOffsets()
  private readonly journal: ShardJournal<GroupRecord>

  constructor(private readonly place: ShardPlace) {
    this.journal = new ShardJournal(place, encodeGroupRecord, (records: readonly GroupRecord[], end) => {
      for (const [at, record] of records.entries()) this.replay(record, end - records.length + at)
    })
    this.load()
  }

  get partition(): Partition {
    return this.place.partition
  }

  /** What was read of this shard may be told when this has resolved; undefined when that is so already. */
  get settled(): Promise<void> | undefined {
    return this.journal.settled
  }

  /** Runs one decision; its records count at once. Throws when it could not be written: then nothing has changed. */
  decide<Reply>(decide: () => Decision<GroupRecord, Reply>): Decided<Reply> {
    return this.journal.decide(decide)
  }

  /** The same, and gives the reply when it holds. */
  submit<Reply>(decide: () => Decision<GroupRecord, Reply>): Promise<Reply> {
    return this.journal.submit(decide)
  }

  /** Runs one decision in a producer's transaction: its offsets count when that is committed. */
  submitIn<Reply>(
    { producerId, producerEpoch }: { readonly producerId: number; readonly producerEpoch: number },
    decide: () => Decision<GroupRecord, Reply>,
  ): Promise<Reply> {
    const options = { producerId, producerEpoch, transactional: true }
    return this.journal.submitWith(options, decide, (records, end) => {
      for (const [at, record] of records.entries()) this.replayIn(producerId, record, end - records.length + at)
    })
  }

  private replay(record: GroupRecord, recordOffset: number): void {
    if (record.type === 'offset') this.replayOffset(record, recordOffset)
    else if ('name' in record) this.replayModern(record)
    else this.replayClassic(record)
  }

  private replayClassic({ group: id, value }: Extract<GroupRecord, { type: 'group' }>): void {
    const present = this.groups.get(id)
    const isClassic = present?.type === 'classic'
    if (value === undefined && isClassic) this.groups.delete(id)
    // Otherwise the group at hand is what the record was made of.
    else if (value !== undefined && !isClassic) this.groups.set(id, ClassicGroup.restore(id, value))
  }

  /** The record of its epoch is the last that is taken away from a group. */
  private replayModern(record: ModernRecord): void {
    const id = record.key.groupId
    const present = this.groups.get(id)
    if (record.value === undefined && present?.type !== record.type) return
    if (record.name === 'epoch' && record.value === undefined) this.groups.delete(id)
    else this.modern(id, record.type).replay(record)
  }

  /** The group of a kind, made where there is none of it. */
  private modern(id: string, type: ModernRecord['type']): ModernGroup {
    const Kind = kinds[type]
    const present = this.groups.get(id)
    if (present instanceof Kind) return present
    const group = new Kind(id)
    this.groups.set(id, group)
    return group
  }

  private replayOffset({ group, topic, partition, value }: OffsetRecord, recordOffset: number): void {
    let offsets = this.offsets.get(group)
    if (value === undefined) {
      offsets?.delete(topic, partition)
      if (offsets?.isEmpty) this.offsets.delete(group)
      this.pending.remove(group, topic, partition)
      return
    }
    if (!offsets) this.offsets.set(group, (offsets = new GroupOffsets()))
    offsets.set(topic, partition, { ...value, recordOffset })
  }

  private replayIn(producerId: number, record: GroupRecord, recordOffset: number): void {
    if (record.type !== 'offset' || record.value === undefined) return
    const { group, topic, partition, value } = record
    this.pending.add(producerId, { group, topic, partition, value: { ...value, recordOffset } })
  }

  /** A transaction's marker is in the partition. An offset that was committed after the transaction's stays. */
  transactionEnded(producerId: number, committed: boolean): void {
    for (const { group, topic, partition, value } of this.pending.take(producerId)) {
      const present = this.offsets.get(group)?.get(topic, partition)
      if (committed && value.recordOffset > (present?.recordOffset ?? -1))
        this.replayOffset({ type: 'offset', group, topic, partition, value }, value.recordOffset)
    }
  }

  /** Reads the partition from its start. */
  private load(): void {
    const { log } = this.partition
    for (const { buffer } of log.readBatches(log.logStartOffset)) {
      const producerId = batch.producerId(buffer)
      if (batch.isControl(buffer)) {
        const marker = readMarker(buffer, 0)
        if (marker) this.transactionEnded(producerId, !marker.aborted)
        continue
      }
      const transactional = batch.isTransactional(buffer)
      for (const { key, value, offset } of decodeRecords(buffer)) {
        const record = key && decodeGroupRecord(key, value)
        if (!record) continue
        if (transactional) this.replayIn(producerId, record, offset)
        else this.restore(record, offset)
      }
    }
  }

  /** While loading, a later record of a group always stands for the whole of it. */
  private restore(record: GroupRecord, recordOffset: number): void {
    if (record.type === 'group' && record.value)
      this.groups.set(record.group, ClassicGroup.restore(record.group, record.value))
    else this.replay(record, recordOffset)
  }

  /** A group as members know it, or one that has nothing but offsets. */
  find(id: string): Group | undefined {
    const group = this.groups.get(id)
    if (group) return group
    if (!this.offsets.has(id) && !this.pending.hasGroup(id)) return undefined
    const simple = new ClassicGroup(id, this.place.clock.now())
    this.groups.set(id, simple)
    return simple
  }

  /** Throws GROUP_ID_NOT_FOUND. */
  get(id: string): Group {
    const group = this.find(id)
    if (!group) throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${id} not found.`)
    return group
  }

  /** A group of the classic protocol, for requests of members. Throws UNKNOWN_MEMBER_ID when it is none. */
  classic(id: string): ClassicGroup {
    const group = this.findClassic(id)
    if (!group) throw new KafkaError('UNKNOWN_MEMBER_ID')
    return group
  }

  findClassic(id: string): ClassicGroup | undefined {
    const group = this.find(id)
    return group instanceof ClassicGroup ? group : undefined
  }

  /** The group that a member of the classic protocol joins. Throws INCONSISTENT_GROUP_PROTOCOL for one that has members of another. */
  obtain(id: string): ClassicGroup {
    const present = this.find(id)
    if (present instanceof ClassicGroup) return present
    if (present && (!present.isEmpty || present.type === 'share')) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
    if (present) void this.submit(() => ({ records: present.tombstones(), reply: undefined })).catch(() => {})
    const group = new ClassicGroup(id, this.place.clock.now())
    this.groups.set(id, group)
    return group
  }

  *all(): Generator<Group> {
    yield* this.groups.values()
    const others = new Set([...this.offsets.keys(), ...this.pending.groups()])
    for (const id of others) if (!this.groups.has(id)) yield new ClassicGroup(id, this.place.clock.now())
  }
}
