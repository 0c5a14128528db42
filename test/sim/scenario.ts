import { loadModern } from '../../src/client/consumer/group.ts'
import { Admin, Consumer, KafkaError, Producer } from '../../src/client/index.ts'
import type { Runtime } from '../../src/runtime/index.ts'
import { changeVoters } from './changing-voters.ts'
import {
  CompactionHistory,
  type CompactionSurroundings,
  readKeys,
  TOMBSTONE_MS,
  transactKeys,
  writeKeys,
} from './compaction.ts'
import { moveReplicas } from './directory-moves.ts'
import { filled, filledConsumer, filledProducer, isFilled, withoutFilling } from './filling.ts'
import { check, type FinalLogs, History } from './history.ts'
import { loseOneDirectory } from './lost-directory.ts'
import { busyProperties, Nodes, SESSION_MS, type SimNode } from './nodes.ts'
import { checkReplicas } from './replicas.ts'
import { checkShares, SHARE_GROUP, ShareHistory, share } from './shares.ts'
import {
  checkTransfers,
  finalTransfers,
  readTransfers,
  TransferHistory,
  type TransferSurroundings,
  writeTransfers,
} from './transfers.ts'
import { readTrimmed, TrimHistory, writeAndTrim } from './trimming.ts'
import { Host, World } from './world.ts'

/** How much happens in a run; simulated milliseconds. */
const RECORDS = 120
/** Transactions of each writer. */
const TRANSFERS = 12
/** Turns in which keys of a compacted topic are written. */
const KEY_TURNS = 40
/** Turns in which records are written to a partition whose beginning is deleted. */
const TRIM_TURNS = 40
const LIMIT_MS = 30 * 60_000
const FAULTS_MS = 20_000
const GROUP = 'readers'

export interface RunResult {
  readonly seed: number
  readonly fingerprint: string
  readonly complaints: readonly string[]
  readonly acknowledged: number
  readonly crashes: number
  /** Logs that were compacted, each time. */
  readonly cleanings: number
  /** Log directories that failed under a running node. */
  readonly directoriesLost: number
  /** Replicas that were sent to another log directory, each time. */
  readonly moves: number
  /** To controllers that had lost theirs. */
  readonly votesGiven: number
  readonly simulatedMs: number
}

/**
 * One node or several, producers, two of them transactional, a group of consumers and a share group, of each of which a member dies, a reader of committed data and an admin client, all of them the real ones, on a simulated clock, network and disk. For a
 * while nodes crash, lose power, connections break and messages are late; then all is well again, and everything that was acknowledged
 * must be there.
 */
export async function simulate(
  seed: number,
  { brokers = 1, voters = 1, apart = false, changing = false, onTrace }: SimulateOptions = {},
): Promise<RunResult> {
  // Loading takes real time, which has no place in a simulated run.
  await loadModern()
  const run = new Run(seed, brokers, { voters, apart, changing }, onTrace)
  return await run.go()
}

export interface SimulateOptions {
  readonly brokers?: number
  /** How many of the brokers are controllers as well. */
  readonly voters?: number
  /** Controllers are nodes of their own. */
  readonly apart?: boolean
  /** Controllers lose their votes and get them back while all else goes on. */
  readonly changing?: boolean
  onTrace?(line: string): void
}

class Run {
  private readonly world: World
  private readonly history = new History()
  private readonly transfers = new TransferHistory()
  private readonly shares = new ShareHistory()
  private readonly keys = new CompactionHistory()
  private readonly nodes: Nodes
  private readonly topics: { readonly name: string; readonly partitions: number }[]
  private readonly faultsEnd: number
  private producing = true
  private finished = false
  private failure: unknown
  private votesGiven = 0
  private moves = 0

  constructor(
    private readonly seed: number,
    private readonly brokers: number,
    private readonly quorum: { readonly voters: number; readonly apart: boolean; readonly changing: boolean },
    onTrace: ((line: string) => void) | undefined,
  ) {
    this.world = new World(seed)
    this.world.onTrace = onTrace
    const { chance } = this.world
    // With every record synced before its acknowledgement even a loss of power loses nothing that was acknowledged.
    const synced = chance.bool(0.5)
    // Others take over in a cluster, which takes its time, and nodes stay away for longer.
    this.faultsEnd = brokers > 1 ? 3 * FAULTS_MS : FAULTS_MS
    const { world } = this
    const { voters, apart, changing: dynamic } = quorum
    // Where disks are lost, snapshots bring the voters back.
    const snapshots = { 'metadata.log.max.record.bytes.between.snapshots': '6000', 'metadata.max.retention.bytes': '0' }
    const properties = { ...busyProperties(seed, brokers), ...(dynamic ? snapshots : {}) }
    // Disks that are lost and come back empty are another matter.
    const secondDirs = !dynamic && seed % 2 === 0
    const raised = dynamic && seed % 2 === 0
    this.nodes = new Nodes({ world, brokers, voters, apart, dynamic, raised, secondDirs, synced, properties })
    this.topics = Array.from({ length: 1 + chance.int(2) }, (_, at) => ({
      name: `events-${at}`,
      partitions: 1 + chance.int(3),
    }))
    const { faults } = this.world.network
    // Each fault is on or off for a whole run: a mix of all would hide what one alone shows.
    if (chance.bool(0.5)) faults.stall = 0.01
    if (chance.bool(0.5)) faults.breakage = 0.01
    if (chance.bool(0.7)) faults.fragment = 0.2
    if (chance.bool(0.3)) faults.delayMs = [1, 60]
  }

  async go(): Promise<RunResult> {
    const { world } = this
    this.nodes.boot()
    void this.main().catch(this.fail)
    this.planFaults()
    let stuck: unknown
    await world
      .run(() => this.finished, LIMIT_MS)
      .catch((error: unknown) => {
        stuck = error
      })
    const failure = stuck ?? this.failure
    if (failure) world.complain(`the run did not end: ${failure instanceof Error ? failure.stack : String(failure)}`)
    const acknowledged = [...this.history.sent.values()].filter((place) => place).length
    return {
      seed: this.seed,
      fingerprint: world.fingerprint,
      complaints: world.complaints,
      acknowledged,
      crashes: this.nodes.crashes,
      cleanings: this.nodes.cleanings,
      directoriesLost: this.nodes.directoriesLost,
      moves: this.moves,
      votesGiven: this.votesGiven,
      simulatedMs: Math.round(world.now),
    }
  }

  private readonly fail = (error: unknown): void => {
    this.failure = error
    this.finished = true
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.world.schedule(ms, resolve))
  }

  private get isFilled(): boolean {
    return isFilled(this.seed)
  }

  /** By then the last node that was killed is back, also one that had lost a directory, and everybody knows; milliseconds. */
  private get calm(): number {
    return Math.max(this.faultsEnd + (this.brokers > 1 ? 15_000 : 0), this.nodes.faultUntil)
  }

  private planFaults(): void {
    const { world } = this
    const { chance } = world
    const next = () => {
      if (world.now > this.faultsEnd) return this.heal()
      // Now and then all come to rest, and the next fault is one alone.
      const isAlone = this.brokers > 1 && chance.bool(0.25)
      world.schedule(isAlone ? chance.between(7000, 12_000) : chance.between(300, 5000), () => {
        if (isAlone || chance.bool(0.4)) this.nodes.crash()
        else if (this.nodes.mayLoseDirectories && chance.bool(0.5)) this.nodes.loseDirectory()
        else if (this.brokers > 1 && chance.bool(0.6)) chance.bool(0.2) ? this.nodes.crashMany() : this.nodes.hamper()
        else world.network.breakOne()
        next()
      })
    }
    next()
  }

  private heal(): void {
    this.world.trace('all faults end')
    Object.assign(this.world.network.faults, { delayMs: [0.05, 1], stall: 0, breakage: 0 })
  }

  // The clients.

  private client(name: string) {
    return new Host(this.world, name).boot()
  }

  private async main(): Promise<void> {
    while (!this.nodes.up) await this.sleep(10)
    const admin = new Admin(
      { 'bootstrap.servers': this.nodes.bootstrap, 'default.api.timeout.ms': 600_000 },
      this.client('admin'),
    )
    for (const { name, partitions } of this.topics) await this.createTopic(admin, name, partitions)
    const readers = this.consumeAll()
    const sharers = await this.shareAll(admin)
    const around = await this.surroundings(admin, 'transfers', 1 + this.world.chance.int(3))
    const committed = readTransfers(around, this.transfers, () => !this.producing && this.world.now > this.calm)
    const writers = ['one', 'two'].map((id) => writeTransfers(around, id, TRANSFERS, this.transfers))
    const keyed = await this.aroundKeys(admin)
    const complain = (what: string) => this.world.complain(what)
    const keys = readKeys(keyed, this.keys, () => !this.producing && this.world.now > this.calm + 3000, complain)
    const keepers = [writeKeys(keyed, KEY_TURNS, this.keys), transactKeys(keyed, KEY_TURNS, this.keys)]
    const trimmed = await this.trim(admin)
    const votes = this.changeVoters()
    const moves = this.moveReplicas()
    await Promise.all([this.produce(), this.administer(admin), ...writers, ...keepers, trimmed.written])
    this.producing = false
    while (this.world.now <= this.calm + 6000 || !this.nodes.up) await this.sleep(100)
    await Promise.all([...readers, ...sharers, committed, keys, trimmed.read, votes, moves])
    await this.readCommitted(admin)
    for (const complaint of checkTransfers(this.transfers, await finalTransfers(around))) this.world.complain(complaint)
    const logs = await this.readLogs()
    for (const complaint of checkShares(this.shares, logs, this.brokers > 1)) this.world.complain(complaint)
    await this.loseDirectory(admin)
    const topics = new Map<string, number>()
    for (const [name, description] of await admin.describeTopics((await admin.listTopics()).map(({ name }) => name)))
      if (!(description instanceof Error)) topics.set(name, description.partitions.length)
    for (const complaint of check(this.history, logs, topics)) this.world.complain(complaint)
    await admin.close()
    await this.nodes.close()
    if (this.brokers > 1) {
      const hosts = this.nodes.brokers.map(({ host }) => host)
      const names = [...this.topics.map(({ name }) => name), 'transfers']
      const all = this.nodes.all.map(({ host }) => host)
      for (const complaint of checkReplicas(hosts, names, all)) this.world.complain(complaint)
    }
    this.finished = true
  }

  /** Members of a share group: the ones that last. Another one dies in the middle of its work. */
  private async shareAll(admin: Admin): Promise<Promise<void>[]> {
    const { world } = this
    const { chance } = world
    const ops = [
      { op: 'set', name: 'share.auto.offset.reset', value: 'earliest' },
      // Nobody sees how often records were sent in vain; none is to be given up for that.
      { op: 'set', name: 'share.delivery.count.limit', value: '25' },
    ] as const
    const errors = await admin.incrementalAlterConfigs([{ type: 'group', name: SHARE_GROUP, ops }])
    for (const error of errors.values()) if (error) throw error
    const topics = this.topics.map(({ name }) => name)
    const around = {
      bootstrap: this.nodes.bootstrap,
      topics,
      chance,
      isFilled: this.isFilled,
      trace: (line: string) => world.trace(line),
    }
    const isOver = () => !this.producing && world.now > this.calm + 6000
    const mortal = new Host(world, 'sharer-3')
    void share(around, { name: mortal.name, runtime: mortal.boot() }, this.shares, isOver).catch(this.fail)
    world.schedule(chance.between(2000, 15_000), () => mortal.kill())
    return ['sharer-1', 'sharer-2'].map((name) =>
      share(around, { name, runtime: this.client(name) }, this.shares, isOver),
    )
  }

  private async surroundings(
    admin: Admin,
    topic: string,
    partitions: number,
    configs: Record<string, string> = {},
  ): Promise<TransferSurroundings> {
    const { world } = this
    await this.createTopic(admin, topic, partitions, configs)
    return {
      ...{ bootstrap: this.nodes.bootstrap, topic, partitions, chance: world.chance, isFilled: this.isFilled },
      client: (name) => this.client(name),
      nearby: this.nearby(topic),
      sleep: (ms) => this.sleep(ms),
      trace: (line) => world.trace(line),
    }
  }

  /** Writers and a reader of a partition whose beginning is deleted now and then. */
  private async trim(admin: Admin): Promise<{ readonly written?: Promise<void>; readonly read?: Promise<void> }> {
    if (!this.isFilled) return {}
    const { world } = this
    const history = new TrimHistory()
    const around = await this.surroundings(admin, 'trimmed', 1)
    const isOver = () => !this.producing && world.now > this.calm + 3000
    return {
      written: writeAndTrim(around, admin, TRIM_TURNS, history),
      read: readTrimmed(around, history, this.brokers > 1, isOver, (what) => world.complain(what)),
    }
  }

  private async aroundKeys(admin: Admin): Promise<CompactionSurroundings> {
    const { partitions, ...around } = await this.surroundings(admin, 'keys', 1, {
      'cleanup.policy': 'compact',
      // As in Kafka, a replica that stays away for longer than tombstones do brings back what they have deleted.
      'delete.retention.ms': `${this.brokers > 1 ? 10 * TOMBSTONE_MS : TOMBSTONE_MS}`,
      'min.cleanable.dirty.ratio': '0.01',
    })
    return { ...around, now: () => this.world.now }
  }

  private async createTopic(
    admin: Admin,
    name: string,
    partitions: number,
    configs: Record<string, string> = {},
  ): Promise<void> {
    const result = (await admin.createTopics([{ name, partitions, replicationFactor: this.brokers, configs }])).get(
      name,
    )
    // A retry of a request whose answer was lost finds its own topic.
    if (result instanceof KafkaError && result.error !== 'TOPIC_ALREADY_EXISTS') throw result
    this.history.topicsCreated.set(name, partitions)
    this.world.trace(`topic ${name} is there`)
  }

  private async loseDirectory(admin: Admin): Promise<void> {
    const { nodes, world } = this
    // Where there is one node nobody takes over.
    if (!nodes.mayLoseDirectories || this.brokers === 1) return
    const partitions = 4
    await this.createTopic(admin, 'placed', partitions)
    const around = {
      ...{ nodes, admin, partitions, topic: 'placed', now: () => world.now },
      client: (name: string) => this.client(name),
      sleep: (ms: number) => this.sleep(ms),
    }
    const victim = nodes.brokers[world.chance.int(nodes.brokers.length)] as SimNode
    for (const complaint of await loseOneDirectory(around, victim)) world.complain(complaint)
  }

  private async moveReplicas(): Promise<void> {
    const { nodes, world } = this
    if (!nodes.mayLoseDirectories || this.seed % 8 === 0) return
    const { chance } = world
    const around = {
      ...{ nodes, chance },
      admin: new Admin({ 'bootstrap.servers': nodes.bootstrap }, this.client('mover')),
      sleep: (ms: number) => this.sleep(ms),
      trace: (line: string) => world.trace(line),
    }
    this.moves = await moveReplicas(around, () => !this.producing && world.now > this.calm)
    await around.admin.close()
  }

  private async changeVoters(): Promise<void> {
    const { world, nodes, quorum } = this
    if (!quorum.changing) return
    const around = {
      ...{ nodes, chance: world.chance, apart: quorum.apart },
      client: (name: string) => this.client(name),
      sleep: (ms: number) => this.sleep(ms),
      trace: (line: string) => world.trace(line),
    }
    this.votesGiven = await changeVoters(around, () => world.now > this.faultsEnd)
  }

  private async produce(): Promise<void> {
    const { chance } = this.world
    const codec = ['none', 'gzip', 'snappy', 'lz4'][chance.int(4)] as string
    const producer = new Producer(
      {
        'bootstrap.servers': this.nodes.bootstrap,
        'compression.type': codec,
        'linger.ms': chance.int(20),
        'delivery.timeout.ms': 1_200_000,
        ...(this.isFilled ? filledProducer : {}),
      },
      this.client('producer'),
    )
    const underway: Promise<void>[] = []
    for (let n = 0; n < RECORDS; n++) {
      const topic = this.topics[chance.int(this.topics.length)]?.name as string
      const value = `record-${n}`
      this.history.sent.set(value, undefined)
      underway.push(
        producer
          .send({
            topic,
            key: chance.bool(0.5) ? `key-${chance.int(10)}` : null,
            value: this.isFilled ? filled(value) : value,
          })
          .then(
            ({ partition, offset }) => {
              this.world.trace(`${value} is acknowledged at ${topic}-${partition}@${offset}`)
              this.history.sent.set(value, { partition: `${topic}-${partition}`, offset })
            },
            (error: unknown) => this.world.trace(`${value} failed: ${(error as Error).message}`),
          ),
      )
      await this.sleep(chance.bool(0.3) ? chance.between(1, 800) : 0)
    }
    await Promise.all(underway)
    await producer.close()
  }

  private async administer(admin: Admin): Promise<void> {
    const { chance } = this.world
    for (let n = 0; n < 4; n++) {
      await this.sleep(chance.between(500, 5000))
      const name = `passing-${n}`
      await this.createTopic(admin, name, 1 + chance.int(4))
      await this.readCommitted(admin)
      if (chance.bool(0.5)) {
        const error = (await admin.deleteTopics([name])).get(name)
        if (error && error.error !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
        this.history.topicsDeleted.add(name)
      }
    }
  }

  /** Members of the group: two that last, one that leaves in the middle, and one that dies. */
  private consumeAll(): Promise<void>[] {
    const { world } = this
    const { chance } = world
    // A node that is killed last of all is back eight seconds later, and sessions begin anew with it.
    const lasting = () => this.producing || world.now <= this.calm + 8000 + SESSION_MS + 5000
    const leavesAt = chance.between(6000, 18_000)
    const mortal = new Host(world, 'reader-4')
    void this.consume(mortal.name, mortal.boot(), chance.between(0, 3000), lasting).catch(this.fail)
    world.schedule(chance.between(2000, 15_000), () => mortal.kill())
    return [
      this.consume('reader-1', this.client('reader-1'), 0, lasting),
      this.consume('reader-2', this.client('reader-2'), chance.between(0, 8000), lasting),
      this.consume('reader-3', this.client('reader-3'), chance.between(0, 5000), () => world.now < leavesAt),
    ]
  }

  private async consume(name: string, runtime: Runtime, delayMs: number, lasts: () => boolean): Promise<void> {
    await this.sleep(delayMs)
    const consumer = new Consumer(
      {
        'bootstrap.servers': this.nodes.bootstrap,
        'group.id': GROUP,
        'auto.offset.reset': 'earliest',
        'enable.auto.commit': false,
        'default.api.timeout.ms': 600_000,
        ...(this.isFilled ? filledConsumer : {}),
        ...this.protocolOf(name),
        ...(name === 'reader-2' || name === 'reader-4' ? this.nearby(name) : {}),
      },
      runtime,
    )
    consumer.subscribe(this.topics.map((topic) => topic.name))
    let quiet = 0
    while (lasts() || quiet < 20) {
      const batch = await consumer.poll(250)
      quiet = batch.count > 0 ? 0 : quiet + 1
      const ends = new Map<string, { topic: string; partition: number; offset: number }>()
      for (const { topic, partition, offset, value } of batch) {
        this.history.seen.push({ partition: `${topic}-${partition}`, offset, value: withoutFilling(value), by: name })
        ends.set(`${topic}-${partition}`, { topic, partition, offset: offset + 1 })
      }
      if (ends.size > 0) await this.commit(consumer, name, [...ends.values()])
      if (this.isFilled && lasts()) await this.sleep(this.world.chance.between(0, 1500))
    }
    await consumer.close()
  }

  /** Consumers of half of the runs stand beside one of the brokers, from which they read when it follows (KIP-392). */
  private nearby(name: string): Record<string, string | number> {
    if (this.brokers === 1 || this.seed % 2 === 0) return {}
    const rack = `rack-${1 + ((this.seed + name.length) % this.brokers)}`
    return { 'client.rack': rack, 'metadata.max.age.ms': 5000 }
  }

  /** A third of the groups speak the classic protocol, a third that of KIP-848, and the members of a third one each. */
  private protocolOf(name: string) {
    const all = ['reader-1', 'reader-2', 'reader-3', 'reader-4']
    const modern = [[], all, ['reader-2', 'reader-3']][this.seed % 3]?.includes(name)
    if (modern) return { 'group.protocol': 'consumer' }
    return { 'session.timeout.ms': SESSION_MS, 'heartbeat.interval.ms': 1000 }
  }

  private async commit(
    consumer: Consumer,
    name: string,
    offsets: { topic: string; partition: number; offset: number }[],
  ): Promise<void> {
    try {
      await consumer.commit(offsets)
      for (const { topic, partition, offset } of offsets) {
        this.world.trace(`${name} committed ${topic}-${partition}@${offset}`)
        this.history.commits.push({ partition: `${topic}-${partition}`, offset, acknowledged: this.world.now })
      }
    } catch (error) {
      // A rebalance took the partitions away: whoever has them now reads on from the last commit.
      this.world.trace(`${name} could not commit: ${(error as Error).message}`)
    }
  }

  private async readCommitted(admin: Admin): Promise<void> {
    const offsets = (await admin.listConsumerGroupOffsets([GROUP])).get(GROUP)
    if (!offsets || offsets instanceof Error) return
    for (const [partition, committed] of offsets)
      if (committed && !(committed instanceof Error))
        this.history.committedReads.push({ partition, offset: committed.offset })
  }

  private async readLogs(): Promise<FinalLogs> {
    const logs = new Map<string, { offset: number; value: string }[]>()
    const consumer = new Consumer(
      {
        'bootstrap.servers': this.nodes.bootstrap,
        'auto.offset.reset': 'earliest',
        'check.crcs': true,
        ...(this.isFilled ? filledConsumer : {}),
      },
      this.client('auditor'),
    )
    const partitions = this.topics.flatMap(({ name, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
    )
    for (const { topic, partition } of partitions) logs.set(`${topic}-${partition}`, [])
    consumer.assign(partitions)
    consumer.seekToBeginning(partitions)
    const ends = await consumer.endOffsets(partitions)
    const missing = () => [...ends].some(([key, end]) => (logs.get(key)?.at(-1)?.offset ?? -1) + 1 < end)
    while (missing())
      for (const { topic, partition, offset, value } of await consumer.poll(500))
        logs.get(`${topic}-${partition}`)?.push({ offset, value: withoutFilling(value) })
    await consumer.close()
    return logs
  }
}
