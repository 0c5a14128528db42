import { type ControlRecord, kraftVersionRecord, quorumRecords } from './control-batch.ts'

/** What a log says of its quorum (KIP-853): the level of `kraft.version`, and from 1 on the voters. */
export interface QuorumRecords {
  readonly kraftVersion: number
  readonly voters: ControlRecord | undefined
  /** Where the log has them, or ends the snapshot that does; -1 when formatting has left them, and they are in no log. */
  readonly votersAt: number
}

const nothing: QuorumRecords = { kraftVersion: 0, voters: undefined, votersAt: -1 }

/** The quorum as the log has it from offset to offset: voters count from where they are written, and not any more when that is cut off. */
export class QuorumHistory {
  #all: { readonly offset: number; readonly records: QuorumRecords }[] = []

  get latest(): QuorumRecords {
    return this.#all.at(-1)?.records ?? nothing
  }

  /** Begins anew with what a snapshot says that stands for all before an offset. */
  restart({ kraftVersion, voters }: Omit<QuorumRecords, 'votersAt'>, endOffset: number): void {
    const offset = endOffset - 1
    this.#all = [{ offset, records: { kraftVersion, voters, votersAt: offset } }]
  }

  /** Takes what a control batch says that begins at an offset. */
  note(batch: Buffer, offset: number): void {
    const { latest } = this
    const found = quorumRecords(batch)
    if (found.kraftVersion === undefined && !found.voters) return
    const records = {
      kraftVersion: found.kraftVersion ?? latest.kraftVersion,
      voters: found.voters ?? latest.voters,
      votersAt: found.voters ? offset : latest.votersAt,
    }
    this.#all.push({ offset, records })
  }

  /** The log ends there now. */
  truncate(endOffset: number): void {
    this.#all = this.#all.filter(({ offset }) => offset < endOffset)
  }

  /** What it said before an offset. */
  before(endOffset: number): QuorumRecords {
    return this.#all.findLast(({ offset }) => offset < endOffset)?.records ?? nothing
  }

  /** The records of a snapshot that stands for all before an offset. */
  recordsAt(endOffset: number): ControlRecord[] {
    const { kraftVersion, voters } = this.before(endOffset)
    if (kraftVersion === 0) return []
    return [kraftVersionRecord(kraftVersion), ...(voters ? [voters] : [])]
  }
}
