import type { BrokerConfig } from '../../config/broker.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Random } from '../../runtime/index.ts'
import { type Decision, type Journal, run } from '../machine/runner.ts'
import { MetadataDelta } from '../metadata/delta.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { levelOfDecision, recordsAtLevel } from '../metadata/record-forms.ts'
import { encodeMetadataRecord, type MetadataRecord } from '../metadata/records.ts'
import type { RaftNode } from '../raft/raft-node.ts'

/** What a decision about metadata may look at. */
export interface ControllerContext {
  /** The image with everything that was appended, committed or not. */
  readonly image: MetadataImage
  /** Offset that the first record of this decision will get. */
  readonly nextOffset: number
  readonly config: BrokerConfig
  readonly random: Random
}

export type MetadataDecision<Reply> = Decision<MetadataRecord, Reply>

/** The active controller: the only writer of the metadata log. */
export class Controller {
  /** Ahead of the committed image while records are under way. */
  private speculative: MetadataImage | undefined
  /** The epoch in which that was decided: what was not committed in an earlier one may never be. */
  private decidedIn = -1
  private readonly journal: Journal<MetadataRecord>

  constructor(
    private readonly raft: RaftNode,
    private readonly committed: () => MetadataImage,
    private readonly config: BrokerConfig,
    private readonly random: Random,
  ) {
    this.journal = {
      append: (records) => {
        const end = raft.append(records.map(encodeMetadataRecord)) + records.length
        return { end, committed: raft.committed(end) }
      },
    }
  }

  /**
   * Runs one decision; resolves with its reply when its records are committed and known to this node. Rejects with NOT_CONTROLLER where another node
   * decides; after it has begun to, the records may be committed all the same.
   */
  async submit<Reply>(decide: (context: ControllerContext) => MetadataDecision<Reply>): Promise<Reply> {
    const { config, random } = this
    if (!this.raft.isActive) throw new KafkaError('NOT_CONTROLLER')
    const committed = this.committed()
    const isOurs = this.decidedIn === this.raft.epoch
    const image =
      isOurs && this.speculative && this.speculative.offset > committed.offset ? this.speculative : committed
    const nextOffset = this.raft.logEndOffset
    const { reply, committed: ownRecords } = run(
      this.journal,
      () => {
        const { records, reply } = decide({ image, nextOffset, config, random })
        return { records: recordsAtLevel(records, levelOfDecision(image, records)), reply }
      },
      (records, end) => {
        const delta = new MetadataDelta(image)
        for (const record of records) delta.replay(record)
        this.speculative = delta.apply(end, this.raft.epoch)
        this.decidedIn = this.raft.epoch
      },
    )
    // What is answered without records was found in the image, and that may never come to be.
    await (ownRecords ?? (image === committed ? undefined : this.raft.committed(image.offset)))
    return reply
  }
}
