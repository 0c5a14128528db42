import { histogram, type Latencies } from '../../tools/perf/histogram.ts'
import type { Context } from '../context.ts'
import type { Output } from './output.ts'

/** Draws how latencies are spread, on a terminal only. */
export function drawHistogram(output: Output, { console }: Context, latencies: Latencies): void {
  if (!console.outputIsTerminal) return
  output.line('')
  for (const line of histogram(latencies, console.outputWidth || 80)) output.line(line)
}
