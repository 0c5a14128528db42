/** Votes that are asked for. Offset and epoch are those of the end of the log. */
export interface VoteQuestion {
  readonly epoch: number
  readonly preVote: boolean
  readonly lastEpoch: number
  readonly lastOffset: number
}

/** What a node of the quorum has others told, and who hears of its role. */
export interface QuorumTalk {
  askForVotes(question: VoteQuestion, voters: readonly number[]): void
  /** It was elected, and has to make itself known. */
  leads(): void
  /** It leads, and has all that was ever committed: what it decides counts. */
  active(): void
  /** It leads, and is no voter any more: it has to say that it goes, and to resign. */
  leaves(): void
  /** It does not lead any more. */
  resigned(): void
  follows(leaderId: number): void
}

/** Of a voter without others. */
export const silent: QuorumTalk = {
  askForVotes() {},
  leads() {},
  active() {},
  leaves() {},
  resigned() {},
  follows() {},
}
