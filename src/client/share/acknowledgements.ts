/** What becomes of a record that a share group's member was given (KIP-932). */
export type Acknowledgement = 'accept' | 'release' | 'reject'

/** As the protocol numbers them; a gap is an offset without a record. */
export const acknowledgementCodes = { gap: 0, accept: 1, release: 2, reject: 3 } as const

/** What is to be told of one partition: a code by offset. */
export type Acknowledgements = Map<number, number>

interface AcknowledgementBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly acknowledgeTypes: number[]
}

/** Runs of offsets; one code stands for a run in which all are the same. */
export function acknowledgementBatches(acknowledgements: Acknowledgements): AcknowledgementBatch[] {
  const batches: { firstOffset: number; lastOffset: number; acknowledgeTypes: number[] }[] = []
  for (const [offset, code] of [...acknowledgements].sort(([a], [b]) => a - b)) {
    const last = batches.at(-1)
    if (last && last.lastOffset === offset - 1) {
      last.lastOffset = offset
      last.acknowledgeTypes.push(code)
    } else batches.push({ firstOffset: offset, lastOffset: offset, acknowledgeTypes: [code] })
  }
  return batches.map(({ acknowledgeTypes, ...run }) => {
    const [first = 0] = acknowledgeTypes
    return { ...run, acknowledgeTypes: acknowledgeTypes.every((code) => code === first) ? [first] : acknowledgeTypes }
  })
}
