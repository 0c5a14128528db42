import { KafkaError } from '../../protocol/errors.ts'
import type { Random } from '../../runtime/index.ts'
import type { BrokerImage } from '../metadata/image.ts'
import { takesReplicas } from '../metadata/replica-directories.ts'

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const result = [...list]
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.int(i + 1)
    ;[result[i], result[j]] = [result[j] as T, result[i] as T]
  }
  return result
}

/** Brokers of one kind in one rack, taken in turn; each partition begins one further on. */
class Ring {
  private epoch = 0
  private taken = 0
  private offset: number

  constructor(
    private brokers: readonly number[],
    random: Random,
  ) {
    this.offset = brokers.length > 0 ? random.int(brokers.length) : 0
  }

  /** The next one for the partition that `epoch` counts; undefined when it has all of them. */
  next(epoch: number): number | undefined {
    const { length } = this.brokers
    if (this.epoch !== epoch) {
      this.epoch = epoch
      this.taken = 0
      this.offset = (this.offset + 1) % Math.max(length, 1)
    }
    return this.taken < length ? this.brokers[(this.taken++ + this.offset) % length] : undefined
  }

  shuffle(random: Random): void {
    this.brokers = shuffled(this.brokers, random)
    this.epoch = this.taken = 0
  }
}

interface Rack {
  readonly unfenced: Ring
  readonly fenced: Ring
}

/**
 * Spreads replicas as Kafka does: leaders go round the racks, and the other replicas of a partition over further racks; inside a rack brokers take
 * turns. Leaders are on brokers that serve; fenced brokers are taken where the others of their rack are used up.
 */
export class StripedPlacer {
  private racks: readonly Rack[]
  private readonly total: number
  private readonly serving: number
  private epoch = 0
  private offset: number

  constructor(
    brokers: Iterable<BrokerImage>,
    private readonly random: Random,
  ) {
    // Whoever is about to stop is not given anything, nor who has cordoned all directories.
    const usable = [...brokers].filter((broker) => !broker.inControlledShutdown && takesReplicas(broker))
    const names = [...new Set(usable.map(({ rack }) => rack))].sort(
      (a, b) => Number(`${a}` > `${b}`) - Number(`${a}` < `${b}`),
    )
    const ids = (rack: string | null, isFenced: boolean) =>
      usable.filter((one) => one.rack === rack && one.fenced === isFenced).map(({ id }) => id)
    this.racks = names.map((rack) => ({
      unfenced: new Ring(
        ids(rack, false).sort((a, b) => a - b),
        random,
      ),
      fenced: new Ring(
        ids(rack, true).sort((a, b) => a - b),
        random,
      ),
    }))
    this.total = usable.length
    this.serving = usable.filter(({ fenced }) => !fenced).length
    this.offset = this.racks.length > 0 ? random.int(this.racks.length) : 0
  }

  /** Throws INVALID_REPLICATION_FACTOR when there are too few brokers. */
  place(factor: number): number[] {
    this.check(factor)
    if (this.epoch === this.serving && this.serving > 1) {
      this.racks = shuffled(this.racks, this.random)
      for (const { unfenced, fenced } of this.racks) {
        unfenced.shuffle(this.random)
        fenced.shuffle(this.random)
      }
      this.epoch = 0
    }
    const { length } = this.racks
    this.offset %= length
    const replicas: number[] = []
    let leaderRack: number | undefined = this.offset
    for (;;) {
      const leader = this.racks[leaderRack]?.unfenced.next(this.epoch)
      if (leader !== undefined) {
        replicas.push(leader)
        break
      }
      leaderRack = (leaderRack + 1) % length
    }
    for (let rack = this.offset; replicas.length < factor; rack = (rack + 1) % length) {
      // The rack of the leader has had its turn in the first round.
      if (rack === leaderRack) leaderRack = undefined
      else {
        const { unfenced, fenced } = this.racks[rack] as Rack
        const replica = unfenced.next(this.epoch) ?? fenced.next(this.epoch)
        if (replica !== undefined) replicas.push(replica)
      }
    }
    this.epoch++
    this.offset++
    return replicas
  }

  private check(factor: number): void {
    const refuse = (reach: string) =>
      new KafkaError('INVALID_REPLICATION_FACTOR', `Unable to replicate the partition ${factor} time(s): ${reach}`)
    if (factor <= 0) throw refuse(`Invalid replication factor ${factor}: the replication factor must be positive.`)
    if (this.serving === 0)
      throw refuse('All brokers are currently fenced, or have all their log directories cordoned.')
    if (factor > this.total)
      throw refuse(
        `The target replication factor of ${factor} cannot be reached because only ${this.total} broker(s) are registered or some brokers have all their log directories cordoned.`,
      )
  }
}
