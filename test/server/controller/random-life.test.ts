import { expect, it } from 'vitest'
import { randomUuid } from '../../../src/runtime/index.ts'
import { alterPartition } from '../../../src/server/controller/alter-partition.ts'
import { balanceLeaders, electUnclean } from '../../../src/server/controller/elections.ts'
import { brokerHeartbeat, fenceSilent } from '../../../src/server/controller/heartbeats.ts'
import { alterPartitionReassignments } from '../../../src/server/controller/reassignments.ts'
import { brokerRegistration } from '../../../src/server/controller/registration.ts'
import type { MetadataImage, PartitionImage } from '../../../src/server/metadata/image.ts'
import { SeededRandom } from '../../support/memory-runtime.ts'
import { clusterWith, decided, dirOf, TOPIC } from './cluster-of-three.ts'

/** Brokers that come, stop, fall silent and move partitions in any order: whatever is decided, the invariants of partitions hold. */
const SEEDS = 30
const STEPS = 60
const CLUSTER = 'CAQFBgcICQoLDA0ODxAREg'

class Life {
  image: MetadataImage
  private readonly random: SeededRandom
  /** By partition: brokers that have registered after a crash, and were not taken into its ISR since. */
  readonly suspects = new Map<number, Set<number>>()

  constructor(
    seed: number,
    readonly elr: number,
  ) {
    this.random = new SeededRandom(seed)
    this.image = clusterWith([{}, { replicas: [2, 3] }, { replicas: [3] }], elr)
  }

  private partitions(): readonly PartitionImage[] {
    return this.image.topics.get('t')?.partitions ?? []
  }

  step(): string {
    const id = 2 + this.random.int(2)
    const epoch = this.image.brokers.get(id)?.epoch ?? -1
    switch (this.random.int(8)) {
      case 0:
        this.image = decided(this.image, (context) => fenceSilent(context, [id])).image
        return `${id} is silent`
      case 1: {
        const isClean = this.random.int(2) === 0
        this.image = decided(this.image, (context) =>
          brokerRegistration(context, this.registration(id, isClean ? epoch : -1), {
            clusterId: CLUSTER,
            isAlive: () => false,
          }),
        ).image
        if (!isClean && this.elr > 0) this.suspect(id)
        return `${id} registers after ${isClean ? 'a clean stop' : 'a crash'}`
      }
      case 2:
      case 3:
        // Who has begun to stop does not think better of it.
        return this.beat(id, epoch, this.image.brokers.get(id)?.inControlledShutdown ?? false)
      case 4:
        return this.beat(id, epoch, true)
      case 5:
        return this.expand()
      case 6:
        this.image = decided(this.image, this.random.int(2) === 0 ? balanceLeaders : electUnclean).image
        return 'elections'
      default:
        return this.move()
    }
  }

  private registration(brokerId: number, previousBrokerEpoch: number) {
    const feature = (name: string) => ({ name, minSupportedVersion: 0, maxSupportedVersion: 30 })
    return {
      ...{
        brokerId,
        clusterId: CLUSTER,
        incarnationId: randomUuid(this.random),
        rack: null,
        isMigratingZkBroker: false,
      },
      ...{ listeners: [], logDirs: [dirOf(brokerId)], previousBrokerEpoch },
      features: [feature('metadata.version'), feature('eligible.leader.replicas.version')],
    }
  }

  private suspect(id: number): void {
    for (const [index, { isr, elr }] of this.partitions().entries()) {
      expect([...isr, ...elr]).not.toContain(id)
      this.suspects.set(index, (this.suspects.get(index) ?? new Set()).add(id))
    }
  }

  private beat(brokerId: number, brokerEpoch: number, wantShutDown: boolean): string {
    const flags = { wantFence: false, wantShutDown, offlineLogDirs: [], cordonedLogDirs: null }
    const progress = { lowestOffset: () => 1e9, shutdownOffset: () => 0 }
    const { image } = decided(this.image, (context) =>
      brokerHeartbeat(context, { brokerId, brokerEpoch, currentMetadataOffset: 1e9, ...flags }, progress),
    )
    this.image = image
    return `${brokerId} ${wantShutDown ? 'wants to stop' : 'lives'}`
  }

  /** A leader takes everybody who is there into its ISR. */
  private expand(): string {
    const index = this.random.int(this.partitions().length)
    const { leader, leaderEpoch, partitionEpoch, replicas } = this.partitions()[index] as PartitionImage
    if (leader < 0) return 'nothing'
    const able = replicas.filter((id) => {
      const broker = this.image.brokers.get(id)
      return id === leader || (broker && !broker.fenced && !broker.inControlledShutdown)
    })
    const newIsrWithEpochs = able.map((id) => ({ brokerId: id, brokerEpoch: this.image.brokers.get(id)?.epoch ?? -1 }))
    const brokerEpoch = this.image.brokers.get(leader)?.epoch ?? -1
    const partitions = [
      { partitionIndex: index, leaderEpoch, partitionEpoch, leaderRecoveryState: 0, newIsrWithEpochs },
    ]
    this.image = decided(this.image, (context) =>
      alterPartition(context, { brokerId: leader, brokerEpoch, topics: [{ topicId: TOPIC, partitions }] }),
    ).image
    return `${leader} takes ${able} into ${index}`
  }

  private move(): string {
    const index = this.random.int(this.partitions().length)
    const wanted = [1, 2, 3].filter(() => this.random.int(2) === 0)
    const replicas = wanted.length === 0 ? null : wanted
    const topics = [{ name: 't', partitions: [{ partitionIndex: index, replicas }] }]
    this.image = decided(this.image, (context) =>
      alterPartitionReassignments(context, { timeoutMs: 0, allowReplicationFactorChange: true, topics }),
    ).image
    return `${index} moves to ${replicas}`
  }

  check(before: MetadataImage, what: string): void {
    for (const [index, now] of this.partitions().entries()) {
      const old = before.topics.get('t')?.partitions[index] as PartitionImage
      const { isr, elr, leader, replicas, directories, leaderEpoch, partitionEpoch } = now
      const told = `${what}: ${index} ${JSON.stringify(old)} -> ${JSON.stringify(now)}`
      expect(new Set([...isr, ...elr]).size, told).toBe(isr.length + elr.length)
      expect(
        [...isr, ...elr].every((id) => replicas.includes(id)),
        told,
      ).toBe(true)
      expect([new Set(replicas).size, directories.length], told).toEqual([replicas.length, replicas.length])
      if (leader >= 0) {
        const broker = this.image.brokers.get(leader)
        expect([isr.includes(leader), broker?.fenced, broker?.inControlledShutdown], told).toEqual([true, false, false])
      }
      const unable = isr.filter((id) => this.image.brokers.get(id)?.fenced)
      if (this.elr > 0) expect(unable, told).toEqual([])
      else expect(isr.length, told).toBeGreaterThan(0)
      if (unable.length > 0) expect([isr.length, leader], told).toEqual([1, -1])
      if (this.elr > 0 && isr.length >= 1) expect(elr, told).toEqual([])
      expect(leaderEpoch - old.leaderEpoch, told).toBeGreaterThanOrEqual(leader === old.leader ? 0 : 1)
      expect(partitionEpoch >= old.partitionEpoch, told).toBe(true)
      // By its leader, or as one itself where there was nobody better.
      for (const id of isr) this.suspects.get(index)?.delete(id)
      for (const id of this.suspects.get(index) ?? []) expect(elr, told).not.toContain(id)
    }
  }
}

it.each([0, 1])(
  'keeps leaders, ISRs and epochs in order, with eligible leaders at level %i',
  (elr) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const life = new Life(seed, elr)
      for (let n = 0; n < STEPS; n++) {
        const before = life.image
        const what = life.step()
        life.check(before, `seed ${seed}, step ${n}, ${what}`)
      }
    }
  },
  60_000,
)
