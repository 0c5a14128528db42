import { Errors, KafkaError } from '../../protocol/errors.ts'
import { Callbacks } from '../../std/callbacks.ts'
import type { PartitionImage } from '../metadata/image.ts'
import type { AppendOrigin, AppendResult, Log } from '../storage/log.ts'

/** One partition on this broker: its log and its place in the cluster. */
export class Partition {
  private image: PartitionImage
  /** Those who wait for more to read. */
  private readonly readers = new Callbacks()

  constructor(
    readonly topic: string,
    readonly index: number,
    readonly log: Log,
    image: PartitionImage,
    private readonly nodeId: number,
  ) {
    this.image = image
    // No other replica can contradict what is here.
    log.advanceHighWatermark(log.logEndOffset)
    this.noteEpoch()
  }

  get leaderEpoch(): number {
    return this.image.leaderEpoch
  }
  get leaderId(): number {
    return this.image.leader
  }
  get isLeader(): boolean {
    return this.image.leader === this.nodeId
  }

  update(image: PartitionImage): void {
    if (image === this.image) return
    this.image = image
    this.noteEpoch()
    this.readers.callAll()
  }

  private noteEpoch(): void {
    const { leaderEpoch } = this.image
    if (this.isLeader && leaderEpoch > (this.log.latestEpoch ?? -1))
      this.log.assignEpochStart(leaderEpoch, this.log.logEndOffset)
  }

  /** Checks the epoch that a client believes in (KIP-320); -1 asks for no check. Throws. */
  checkLeader(currentLeaderEpoch: number): void {
    if (currentLeaderEpoch >= 0 && currentLeaderEpoch < this.leaderEpoch) throw new KafkaError('FENCED_LEADER_EPOCH')
    if (currentLeaderEpoch > this.leaderEpoch) throw new KafkaError('UNKNOWN_LEADER_EPOCH')
    if (!this.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
  }

  /**
   * Appends as leader; the high watermark moves at once, for this replica is the whole ISR. Throws `KafkaError`.
   *
   * @param requiredAcks -1 asks for `minInSync` replicas, of which there are as many as the ISR has
   */
  append(
    records: Buffer,
    options: {
      origin: AppendOrigin
      requiredAcks: number
      minInSync: number
      producedWith?: number
      /** The caller calls `writeOut` before it acknowledges. */
      gather?: boolean
      /** Of a transaction marker. */
      transactionVersion?: number
    },
  ): AppendResult {
    if (!this.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const { isr } = this.image
    if (options.requiredAcks === -1 && isr.length < options.minInSync)
      throw new KafkaError(
        Errors.NOT_ENOUGH_REPLICAS,
        `The size of the current ISR ${isr.length} is insufficient to satisfy the min.isr requirement of ${options.minInSync} for partition ${this.topic}-${this.index}`,
      )
    const result = this.log.append(records, {
      leaderEpoch: this.leaderEpoch,
      origin: options.origin,
      producedWith: options.producedWith,
      gather: options.gather,
      transactionVersion: options.transactionVersion,
    })
    // What the disk must have first (`flush.messages`) is shown to nobody before.
    if (result.written) result.written.then(() => this.advance(result.lastOffset + 1)).catch(() => {})
    else if (!result.duplicate && !options.gather) this.advance(this.log.logEndOffset)
    return result
  }

  /** Hands over to the operating system what was appended, and shows it to readers. Throws `KafkaError`. */
  writeOut(): void {
    this.log.writeOut()
    this.advance(this.log.logEndOffset)
  }

  private advance(highWatermark: number): void {
    this.log.advanceHighWatermark(highWatermark)
    this.readers.callAll()
  }

  /** Calls back, once, when there may be more to read. Gives what takes the call back. */
  onProgress(callback: () => void): () => void {
    return this.readers.add(callback)
  }

  /** The partition is going away: whoever waits shall find out. */
  close(): void {
    this.readers.callAll()
  }
}
