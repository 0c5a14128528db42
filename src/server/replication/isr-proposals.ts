import type { AlterPartition } from '../../protocol/apis/index.ts'
import { Errors } from '../../protocol/errors.ts'
import type { RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'

export type AlterPartitionRequest = RequestInput<typeof AlterPartition>
export type AlterPartitionResponse = ResponseOf<typeof AlterPartition>
export type IsrAnswer = AlterPartitionResponse['topics'][number]['partitions'][number]

/** The ISR that a leader wants for one partition. */
export interface IsrProposal {
  readonly topicId: Uuid
  readonly index: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  readonly isr: readonly { readonly brokerId: number; readonly brokerEpoch: number }[]
  /** Whether the leader still waits for the answer. */
  isWanted(): boolean
  /** Takes the controller's answer; gives whether to ask again. */
  settle(answer: IsrAnswer): boolean
}

export interface IsrProposalsOptions {
  readonly clock: Clock
  readonly nodeId: number
  /** Of this broker's registration. */
  brokerEpoch(): number
  alterPartition(request: AlterPartitionRequest): Promise<AlterPartitionResponse>
  log(line: string): void
}

const RETRY_MS = 50

/** Takes proposals of all partitions to the controller: one request at a time, with everything that has come up meanwhile (KIP-497). */
export class IsrProposals {
  #waiting: IsrProposal[] = []
  #busy = false
  #closed = false

  constructor(private readonly options: IsrProposalsOptions) {}

  submit(proposal: IsrProposal): void {
    this.#waiting.push(proposal)
    this.#sendSoon()
  }

  close(): void {
    this.#closed = true
    this.#waiting = []
  }

  /** Not at once: a broker that is gone changes many partitions in one turn. */
  #sendSoon(): void {
    if (this.#busy || this.#closed || this.#waiting.length === 0) return
    this.#busy = true
    this.options.clock.defer(() => void this.#send())
  }

  async #send(): Promise<void> {
    const batch = this.#waiting.filter((one) => one.isWanted())
    this.#waiting = []
    const again = batch.length > 0 ? await this.#ask(batch) : []
    this.#waiting.unshift(...again)
    if (again.length > 0) await this.options.clock.sleep(RETRY_MS)
    this.#busy = false
    this.#sendSoon()
  }

  /** Gives those to ask for again. */
  async #ask(batch: readonly IsrProposal[]): Promise<readonly IsrProposal[]> {
    const { nodeId, brokerEpoch, alterPartition, log } = this.options
    try {
      const response = await alterPartition({ brokerId: nodeId, brokerEpoch: brokerEpoch(), topics: topicsOf(batch) })
      if (response.errorCode !== Errors.NONE) return batch
      return batch.filter((one) => {
        const answer = answerFor(response, one)
        // A controller of an older version may leave out what it does not know.
        return answer ? one.settle(answer) : true
      })
    } catch (error) {
      log(`Could not change the ISR of ${batch.length} partitions: ${(error as Error).message}`)
      return batch
    }
  }
}

function topicsOf(batch: readonly IsrProposal[]): AlterPartitionRequest['topics'] {
  const topics = new Map<Uuid, AlterPartitionRequest['topics'][number]['partitions'][number][]>()
  for (const { topicId, index, leaderEpoch, partitionEpoch, isr } of batch) {
    const partitions = topics.get(topicId) ?? []
    if (partitions.length === 0) topics.set(topicId, partitions)
    partitions.push({
      partitionIndex: index,
      leaderEpoch,
      newIsrWithEpochs: [...isr],
      leaderRecoveryState: 0,
      partitionEpoch,
    })
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}

const answerFor = (response: AlterPartitionResponse, { topicId, index }: IsrProposal): IsrAnswer | undefined =>
  response.topics
    .find((topic) => topic.topicId === topicId)
    ?.partitions.find(({ partitionIndex }) => partitionIndex === index)
