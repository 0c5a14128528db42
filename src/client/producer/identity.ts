import { InitProducerId } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { TimeoutError } from '../errors.ts'
import type { ProducerIdentity } from './partition-queue.ts'

const NONE: ProducerIdentity = { id: -1, epoch: -1 }
const LAST_EPOCH = 0x7fff

/** The producer id and epoch by which brokers recognise duplicates (KIP-98). */
export class Identity {
  current = NONE
  private obtaining: Promise<void> | undefined

  constructor(
    private readonly cluster: Cluster,
    readonly enabled: boolean,
  ) {}

  get ready(): boolean {
    return !this.enabled || this.current !== NONE
  }

  /** Asks any broker for an id, for as long as it takes; rejects for a final error. */
  obtain(): Promise<void> {
    this.obtaining ??= this.ask().finally(() => {
      this.obtaining = undefined
    })
    return this.obtaining
  }

  /** An idempotent producer takes its next epoch by itself (KIP-360); after the last one it needs a new id. */
  bump(): void {
    const { id, epoch } = this.current
    this.current = epoch >= LAST_EPOCH || epoch < 0 ? NONE : { id, epoch: epoch + 1 }
  }

  private async ask(): Promise<void> {
    for (;;) {
      try {
        const response = await this.cluster.call(
          InitProducerId,
          { transactionalId: null, transactionTimeoutMs: 0x7fff_ffff },
          { call: 'initProducerId', errorOf: ({ errorCode }) => errorCode },
        )
        this.current = { id: response.producerId, epoch: response.producerEpoch }
        return
      } catch (error) {
        // Batches that wait for it have a time limit of their own.
        if (!(error instanceof TimeoutError)) throw error instanceof KafkaError ? error : (error as Error)
      }
    }
  }
}
