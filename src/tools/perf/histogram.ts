/** How often each latency was measured, in milliseconds. */
export type Latencies = Iterable<readonly [ms: number, count: number]>

interface Bucket {
  readonly from: number
  readonly to: number
  count: number
}

const BLOCKS = ' ▏▎▍▌▋▊▉█'

/**
 * Bars of how latencies are spread, between 1, 2 and 5 of every power of ten; a line each. Empty for none. Whole milliseconds alone are taken for
 * measured no finer than that.
 */
export function histogram(latencies: Latencies, width: number): string[] {
  const buckets = fill([...latencies])
  const total = buckets.reduce((sum, { count }) => sum + count, 0)
  const most = Math.max(...buckets.map(({ count }) => count))
  const labels = buckets.map(({ from, to }) => `${label(from)} - ${label(to)} ms`)
  const indent = Math.max(0, ...labels.map(({ length }) => length))
  const room = Math.max(10, width - indent - 12)
  return buckets.map(({ count }, index) => {
    const share = `${((100 * count) / total).toFixed(1)} %`.padStart(7)
    return `${labels[index]?.padStart(indent)} ${share}  ${bar((count / most) * room)}`.trimEnd()
  })
}

/** Everything between the fastest and the slowest, with what lies in between and is empty. */
function fill(latencies: readonly (readonly [number, number])[]): Bucket[] {
  if (latencies.length === 0) return []
  const least = latencies.every(([ms]) => Number.isInteger(ms)) ? 1 : FINEST
  const starts = latencies.map(([ms]) => bucketStart(ms, least))
  const last = starts.reduce((a, b) => Math.max(a, b))
  const buckets: Bucket[] = []
  for (let from = starts.reduce((a, b) => Math.min(a, b)); from <= last; ) {
    const to = nextStart(from, least)
    buckets.push({ from, to, count: 0 })
    from = to
  }
  for (const [ms, count] of latencies) {
    const bucket = buckets.findLast(({ from }) => from <= ms)
    if (bucket) bucket.count += count
  }
  return buckets
}

/** Nothing is looked at below this. */
const FINEST = 0.01

function bucketStart(ms: number, least: number): number {
  let start = 0
  for (let next = nextStart(start, least); next <= ms; next = nextStart(start, least)) start = next
  return start
}

/** 0, 0.01, 0.02, 0.05, 0.1 ... */
function nextStart(start: number, least: number): number {
  if (start === 0) return least
  const power = 10 ** Math.floor(Math.log10(start) + 1e-9)
  const digit = Math.round(start / power)
  const next = digit === 1 ? 2 : digit === 2 ? 5 : 10
  return Number((next * power).toPrecision(1))
}

const label = (ms: number): string => (ms >= 1000 ? ms.toLocaleString('en') : String(ms))

function bar(cells: number): string {
  const whole = Math.floor(cells)
  return '█'.repeat(whole) + (BLOCKS[Math.round((cells - whole) * 8)] ?? '')
}
