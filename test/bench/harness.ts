/** A benchmark: does its work `count` times and gives anything that depends on it, so that none of it can be left out. */
export interface Benchmark {
  readonly name: string
  run(count: number): unknown
}

export interface Measured {
  readonly name: string
  /** Nanoseconds of one operation: the median of the rounds. */
  readonly nanoseconds: number
}

const WARM_MS = 60
const ROUND_MS = 50
const ROUNDS = 7

const now = (): number => Number(process.hrtime.bigint())
/** What the last run gave, kept where the compiler cannot see that nobody looks. */
const kept: { value: unknown } = { value: undefined }

function timed({ run }: Benchmark, count: number): number {
  const start = now()
  kept.value = run(count)
  return now() - start
}

export function measure(benchmark: Benchmark): Measured {
  let count = 1
  for (const end = now() + WARM_MS * 1e6; now() < end; ) {
    const taken = timed(benchmark, count)
    if (taken < 5e6) count *= 2
  }
  const perRound = Math.max(1, Math.round((count * ROUND_MS * 1e6) / timed(benchmark, count)))
  const rounds = Array.from({ length: ROUNDS }, () => timed(benchmark, perRound) / perRound)
  rounds.sort((a, b) => a - b)
  return { name: benchmark.name, nanoseconds: rounds[ROUNDS >> 1] as number }
}

/** Integer work that fits in registers: figures are kept as multiples of it, so that they can be compared between machines. */
export const calibration: Benchmark = {
  name: 'calibration',
  run: (count) => {
    let state = 1
    for (let i = 0; i < count * 100; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return state
  },
}
