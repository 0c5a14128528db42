import type { PartitionImage } from '../../../src/server/metadata/image.ts'
import { World } from '../../sim/world.ts'
import { Invariants } from './invariants.ts'
import type { ReplicaBroker } from './replica-cluster.ts'
import { ReplicaCluster } from './replica-cluster.ts'
import { Workload } from './workload.ts'

export interface ReplicaRun {
  readonly complaints: readonly string[]
  readonly acknowledged: number
  readonly faults: number
  readonly elections: number
  readonly fingerprint: string
}

const TOPIC = 't'
const LIMIT_MS = 120_000

/** One seeded run: brokers replicate and clients write and read, while brokers are cut off, killed, stopped, and deposed. */
export async function runReplicas(seed: number, onTrace?: (line: string) => void): Promise<ReplicaRun> {
  const world = new World(seed)
  world.onTrace = onTrace
  const { chance } = world
  const ids = chance.bool(0.7) ? [1, 2, 3] : [1, 2, 3, 4]
  const minInSync = chance.bool(0.7) ? 2 : 1
  const partitions = 1 + chance.int(3)
  const cluster = new ReplicaCluster(world, { brokers: ids, minInSync })
  const rotated = (at: number) => ids.map((_, i) => ids[(i + at) % ids.length] as number).slice(0, 3)
  cluster.controller.createTopic(
    TOPIC,
    Array.from({ length: partitions }, (_, at) => rotated(at)),
  )
  const nemesis = new Nemesis(cluster)
  const invariants = new Invariants(cluster)
  const workload = new Workload(cluster, TOPIC)
  const transacts = chance.bool(0.4)
  const trims = chance.bool(0.4)
  let over = false
  let done = false
  const main = async () => {
    const all = Array.from({ length: partitions }, (_, partition) => partition)
    const background = all.flatMap((partition) => [
      workload.consume(partition, () => over),
      workload.noise(partition, () => over),
      ...(transacts ? [workload.transact(partition, () => over)] : []),
      ...(trims ? [workload.trim(partition, () => over)] : []),
    ])
    const producers = all.flatMap((partition) => [
      workload.produce(100 + partition, partition, 30),
      workload.produce(200 + partition, partition, 30),
    ])
    const evil = nemesis.run()
    await cluster.sleep(2500)
    nemesis.over = true
    await evil
    await nemesis.heal()
    await Promise.all(producers)
    over = true
    await Promise.all(background)
    while (!isQuiet(cluster)) await cluster.sleep(20)
    done = true
  }
  main().catch((error: Error) => world.complain(`the run failed: ${error.stack}`))
  try {
    await world.run(() => {
      invariants.check()
      return done || world.complaints.length > 0
    }, LIMIT_MS)
  } catch (error) {
    world.complain(`${(error as Error).message}: ${describe(cluster)}`)
  }
  if (done) invariants.checkEnd()
  return {
    complaints: done ? [...world.complaints, ...workload.verdict(partitions)] : [...world.complaints],
    acknowledged: workload.acknowledged.size,
    faults: nemesis.faults,
    elections: [...(cluster.controller.image.topics.get(TOPIC)?.partitions ?? [])].reduce(
      (n, p) => n + p.leaderEpoch,
      0,
    ),
    fingerprint: world.fingerprint,
  }
}

/** Every replica is in sync, and has all. */
function isQuiet(cluster: ReplicaCluster): boolean {
  for (const [topic, { partitions }] of cluster.controller.image.topics)
    for (const [index, { isr, replicas, leader }] of partitions.entries()) {
      const led = cluster.partition(leader, topic, index)?.log
      if (!led || isr.length !== replicas.length) return false
      for (const id of replicas) {
        const log = cluster.partition(id, topic, index)?.log
        if (log?.logEndOffset !== led.logEndOffset || log.highWatermark !== led.logEndOffset) return false
      }
    }
  return true
}

const describe = (cluster: ReplicaCluster): string =>
  JSON.stringify(
    [...cluster.controller.image.topics.values()].flatMap(({ name, partitions }) =>
      partitions.map((partition, index) => ({
        ...{ isr: partition.isr, leader: partition.leader, epoch: partition.leaderEpoch },
        replicas: partition.replicas.map((id) => {
          const { log } = cluster.partition(id, name, index) ?? {}
          const { image, queue } = cluster.broker(id).process ?? {}
          const known = image?.topics.get(name)?.partitions[index]
          return `b${id}: ${log?.highWatermark}/${log?.logEndOffset} with leader ${known?.leader} of epoch ${known?.leaderEpoch}, ${queue?.length} images behind`
        }),
      })),
    ),
  )

/** What goes wrong, as far as the promise still holds: each partition always has a member of its ISR that has lost nothing. */
class Nemesis {
  over = false
  faults = 0

  constructor(private readonly cluster: ReplicaCluster) {}

  async run(): Promise<void> {
    const { world } = this.cluster
    while (!this.over) {
      await this.cluster.sleep(world.chance.between(10, 350))
      if (this.over) return
      await this.act()
      this.faults++
    }
  }

  private async act(): Promise<void> {
    const { world, controller } = this.cluster
    const brokers = [...this.cluster.brokers.values()]
    const victim = brokers[world.chance.int(brokers.length)] as ReplicaBroker
    const what = world.chance.int(10)
    if (!victim.process) return this.revive(victim)
    if (victim.cut) return this.connect(victim)
    if (what < 2) return world.chance.bool(0.6) ? this.electSomebody() : this.moveSomething()
    if (!this.canDoWithout(victim)) return
    world.trace(`nemesis: ${what} for b${victim.id}`)
    if (what < 5) {
      victim.cut = true
      if (world.chance.bool(0.8)) this.fenceLater(victim)
    } else if (what < 7) {
      victim.kill('power')
      controller.fence(victim.id)
      this.lossy.add(victim.id)
    } else if (what < 9) {
      victim.kill('process')
      this.fenceLater(victim)
    } else {
      controller.fence(victim.id)
      await this.cluster.sleep(world.chance.between(0, 30))
      await victim.stop()
    }
  }

  private readonly lossy = new Set<number>()

  /** Whether each of its partitions has another member of the ISR that runs and can be reached. */
  private canDoWithout(victim: ReplicaBroker): boolean {
    for (const { partitions } of this.cluster.controller.image.topics.values())
      for (const { isr } of partitions) {
        const others = isr.filter((id) => id !== victim.id).map((id) => this.cluster.broker(id))
        if (!others.some(({ process, cut }) => process && !cut)) return false
      }
    return true
  }

  /** The controller misses it after a while, if it is still gone. */
  private fenceLater(broker: ReplicaBroker): void {
    const { world, controller } = this.cluster
    world.schedule(world.chance.between(0, 250), () => {
      if (broker.cut || !broker.process) controller.fence(broker.id)
    })
  }

  private electSomebody(): void {
    const { world, controller } = this.cluster
    for (const [topic, { partitions }] of controller.image.topics) {
      const index = world.chance.int(partitions.length)
      const isr = partitions[index]?.isr ?? []
      const wanted = isr[world.chance.int(isr.length)]
      if (wanted !== undefined) controller.elect(topic, index, wanted)
    }
  }

  /** Another broker takes the place of one, of which those that stay in sync have no need. */
  private moveSomething(): void {
    const { world, controller, brokers } = this.cluster
    for (const [topic, { partitions }] of controller.image.topics) {
      const index = world.chance.int(partitions.length)
      const { replicas, isr } = partitions[index] as PartitionImage
      const [fresh] = [...brokers.keys()].filter((id) => !replicas.includes(id))
      const gone = replicas[world.chance.int(replicas.length)]
      const stays = (id: number) => {
        const { process, cut } = this.cluster.broker(id)
        return id !== gone && process !== undefined && !cut
      }
      if (fresh === undefined || !isr.some(stays)) continue
      world.trace(`nemesis: ${topic}-${index} goes from b${gone} to b${fresh}`)
      const live = isr.find((id) => stays(id) && controller.image.brokers.get(id)?.fenced === false)
      if (live !== undefined)
        controller.reassign(topic, index, [live, ...replicas.filter((id) => id !== gone && id !== live), fresh])
    }
  }

  private revive(broker: ReplicaBroker): void {
    const { world } = this.cluster
    broker.cut = false
    broker.start(this.lossy.delete(broker.id))
    const { process } = broker
    world.schedule(world.chance.between(0, 60), () => {
      if (broker.process === process && !broker.cut) this.cluster.controller.unfence(broker.id)
    })
  }

  private connect(broker: ReplicaBroker): void {
    const { world } = this.cluster
    broker.cut = false
    broker.arrive()
    const { process } = broker
    world.schedule(world.chance.between(0, 60), () => {
      if (broker.process === process && !broker.cut) this.cluster.controller.unfence(broker.id)
    })
  }

  /** Everybody is back. */
  async heal(): Promise<void> {
    for (const broker of this.cluster.brokers.values()) {
      if (!broker.process) this.revive(broker)
      else if (broker.cut) this.connect(broker)
    }
    await this.cluster.sleep(100)
    for (const id of this.cluster.brokers.keys()) this.cluster.controller.unfence(id)
  }
}
