/**
 * Measures the hot functions and the paths through client and broker, beside the figures of `baseline.json`.
 *
 *     npm run bench [-- --write] [-- --only functions|paths|start]
 *
 * Figures are kept as multiples of a loop of integer work, so that a baseline of another machine says something. It exits 1 when a function
 * takes more than twice its baseline; paths share the machine with a broker and are only told.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { functions } from './functions.ts'
import { calibration, type Measured, measure } from './harness.ts'
import { measurePaths } from './paths.ts'
import { measureStart } from './start.ts'

const TOLERANCE = 2
const file = new URL('baseline.json', import.meta.url)

const args = process.argv.slice(2)
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined
const baseline: Record<string, number> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
const ratios: Record<string, number> = { ...baseline }
let slow = 0

const unit = measure(calibration).nanoseconds

function tell({ name, nanoseconds }: Measured, fails: boolean): void {
  const ratio = nanoseconds / unit
  const before = baseline[name]
  const change = before === undefined ? '' : `${(ratio / before).toFixed(2)} of the baseline`
  if (fails && before !== undefined && ratio > before * TOLERANCE) slow++
  ratios[name] = Number(ratio.toPrecision(3))
  const time = nanoseconds < 10_000 ? `${nanoseconds.toFixed(1)} ns` : `${(nanoseconds / 1000).toFixed(1)} µs`
  process.stdout.write(`${name.padEnd(48)} ${time.padStart(12)}  ${change}\n`)
}

// The paths first: the functions are compiled there for what they usually get.
if (!only || only === 'paths') for (const measured of await measurePaths()) tell(measured, false)
if (!only || only === 'start') for (const measured of measureStart()) tell(measured, false)
if (!only || only === 'functions') for (const benchmark of functions) tell(measure(benchmark), true)
if (args.includes('--write')) writeFileSync(file, `${JSON.stringify(ratios, null, 2)}\n`)
else if (slow > 0) {
  process.stderr.write(`${slow} benchmark(s) took more than ${TOLERANCE} times as long as the baseline says.\n`)
  process.exitCode = 1
}
