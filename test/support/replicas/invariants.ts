import type { Log } from '../../../src/server/storage/log.ts'
import type { ReplicaCluster } from './replica-cluster.ts'

const nameOf = (topic: string, index: number): string => `${topic}-${index}`

/** Looks at all replicas after each event, for what no run may show (reference/reliability.md, section 2). */
export class Invariants {
  /** The highest high watermark that any replica has had: what lies below is promised. */
  readonly committed = new Map<string, number>()
  private readonly highWatermarks = new Map<Log, number>()
  private readonly epochs = new Map<Log, Log['epochs']>()

  constructor(private readonly cluster: ReplicaCluster) {}

  check(): void {
    const { brokers, world } = this.cluster
    for (const { id, process } of brokers.values()) {
      if (!process?.alive) continue
      for (const { topic, index, log } of process.replicas.all()) this.checkLog(`b${id}`, nameOf(topic, index), log)
    }
    for (const [topic, { partitions }] of this.cluster.controller.image.topics)
      for (const [index, { isr, leader, leaderEpoch }] of partitions.entries()) {
        const committed = this.committed.get(nameOf(topic, index)) ?? 0
        for (const id of isr) {
          const partition = this.cluster.partition(id, topic, index)
          if (!partition || partition.log.logEndOffset >= committed) continue
          const role = id === leader && partition.leaderEpoch === leaderEpoch ? 'leader' : 'member of the ISR'
          world.complain(
            `b${id}, ${role} of ${topic}-${index}, ends at ${partition.log.logEndOffset}, below what is committed: ${committed}`,
          )
        }
      }
  }

  private checkLog(who: string, name: string, log: Log): void {
    const { world } = this.cluster
    const { logStartOffset, highWatermark, logEndOffset, lastStableOffset } = log
    const committed = this.committed.get(name) ?? 0
    if (logStartOffset > highWatermark || highWatermark > logEndOffset || lastStableOffset > highWatermark)
      world.complain(`${who} ${name}: start ${logStartOffset}, high watermark ${highWatermark}, end ${logEndOffset}`)
    // What it never knew to be committed may have been written by a leader that nobody followed.
    if (highWatermark < (this.highWatermarks.get(log) ?? 0))
      world.complain(
        `${who} ${name}: the high watermark went back to ${highWatermark}, with the end at ${logEndOffset}`,
      )
    if (highWatermark > committed) this.committed.set(name, highWatermark)
    this.highWatermarks.set(log, highWatermark)
    if (this.epochs.get(log) !== log.epochs) this.checkEpochs(who, name, log)
  }

  private checkEpochs(who: string, name: string, log: Log): void {
    const { epochs, logStartOffset, logEndOffset } = log
    this.epochs.set(log, epochs)
    const rise = epochs.every(
      ({ epoch, startOffset }, i) =>
        i === 0 || (epoch > (epochs[i - 1]?.epoch ?? -1) && startOffset > (epochs[i - 1]?.startOffset ?? -1)),
    )
    const bounds = (epochs[0]?.startOffset ?? logStartOffset) >= logStartOffset
    if (!rise || !bounds || (epochs.at(-1)?.startOffset ?? 0) > logEndOffset)
      this.cluster.world.complain(
        `${who} ${name}: epochs ${JSON.stringify(epochs)} of ${logStartOffset}..${logEndOffset}`,
      )
  }

  /** After everything has healed: replicas are equal, byte for byte, and say the same of their producers. */
  checkEnd(): void {
    const { brokers, world, controller } = this.cluster
    for (const [topic, { partitions }] of controller.image.topics)
      for (const [index, { replicas, leader }] of partitions.entries()) {
        const led = this.cluster.partition(leader, topic, index)?.log
        if (!led) {
          world.complain(`${topic}-${index} has no leader`)
          continue
        }
        const logs = replicas.map((id) => ({ id, log: brokers.get(id)?.replicas?.find(topic, index)?.log }))
        // A leader may begin earlier than a replica that was told to delete records by the leader before it.
        const from = Math.max(...logs.map(({ log }) => log?.logStartOffset ?? 0))
        const wanted = stateOf(led, from)
        for (const { id, log } of logs) {
          const state = log && stateOf(log, from)
          if (state !== wanted)
            world.complain(`${topic}-${index} differs at b${id} from b${leader}:\n${state}\n${wanted}`)
        }
      }
  }
}

/** All that two replicas must agree on, as text. */
function stateOf(log: Log, from: number): string {
  const { logEndOffset, highWatermark } = log
  const batches = [...log.readBatches(from)].map(({ buffer }) => buffer.toString('base64'))
  // An epoch that nobody has written in is known to its leader only.
  const epochs = log.epochs
    .filter(({ startOffset }, i, all) => startOffset < logEndOffset && (all[i + 1]?.startOffset ?? logEndOffset) > from)
    .map(({ epoch, startOffset }) => [epoch, Math.max(startOffset, from)])
  const producers = log
    .activeProducers()
    .map(({ producerId, producerEpoch, lastSequence, currentTxnStartOffset }) =>
      [producerId, producerEpoch, lastSequence, currentTxnStartOffset].join(':'),
    )
    .sort()
  const aborted = log.abortedTransactions(from, logEndOffset).filter(({ firstOffset }) => firstOffset >= from)
  // A replica that came after records were deleted knows nothing of those who wrote them, or of transactions that began there.
  return JSON.stringify({
    from,
    logEndOffset,
    highWatermark,
    epochs,
    producers: from > 0 ? [] : producers,
    aborted,
    batches,
  })
}
