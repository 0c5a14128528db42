import type { BatchOptions, NewRecord } from '../../protocol/records/record.ts'
import { type Decision, type Journal, type Replay, run } from '../machine/runner.ts'
import { inherited, partitionJournal, type ShardPlace } from './partition-journal.ts'

/** A reply, which holds when `committed`, where there is one, has resolved. */
export interface Decided<Reply> {
  readonly reply: Reply
  readonly committed: Promise<void> | undefined
}

/**
 * What a shard decides, and until when it may yet be lost: also what another leader has left in the partition, and a reply without records, for what it
 * looked at may not be committed yet.
 */
export class ShardJournal<Rec> {
  readonly #journal: Journal<Rec>
  #last: Promise<void> | undefined

  constructor(
    private readonly place: ShardPlace,
    private readonly encode: (record: Rec, timestamp: number) => NewRecord,
    private readonly replay: Replay<Rec>,
  ) {
    this.#journal = partitionJournal(place, encode)
    this.#note(inherited(place))
  }

  /** Resolves when everything so far holds, and rejects when it does not; undefined when it does. */
  get settled(): Promise<void> | undefined {
    return this.#last
  }

  /** Runs one decision; its records count at once. Throws when it could not be written: then nothing has changed. */
  decide<Reply>(decide: () => Decision<Rec, Reply>): Decided<Reply> {
    return this.#run(this.#journal, decide, this.replay)
  }

  /** The same, and gives the reply when it holds. */
  async submit<Reply>(decide: () => Decision<Rec, Reply>): Promise<Reply> {
    const { reply, committed } = this.decide(decide)
    await committed
    return reply
  }

  /** Runs one decision whose batch has options of its own, and is taken in in another way; gives the reply when it holds. */
  async submitWith<Reply>(
    options: BatchOptions,
    decide: () => Decision<Rec, Reply>,
    replay: Replay<Rec>,
  ): Promise<Reply> {
    const { reply, committed } = this.#run(partitionJournal(this.place, this.encode, options), decide, replay)
    await committed
    return reply
  }

  #run<Reply>(journal: Journal<Rec>, decide: () => Decision<Rec, Reply>, replay: Replay<Rec>): Decided<Reply> {
    const { reply, committed } = run(journal, decide, replay)
    this.#note(committed)
    return { reply, committed: this.settled }
  }

  /** `committed` is the last by now, where it is anything to wait for. */
  #note(committed: Promise<void> | undefined): void {
    if (!committed) return
    this.#last = committed
    const over = () => {
      if (this.#last === committed) this.#last = undefined
    }
    committed.then(over, over)
  }
}
