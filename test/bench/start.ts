import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Measured } from './harness.ts'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const built = fileURLToPath(new URL('../../dist/kafka.cjs', import.meta.url))

/** The shortest of several runs of a whole process. */
function least(name: string, args: readonly string[]): Measured {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 12; i++) {
    const start = performance.now()
    execFileSync(process.execPath, args, { stdio: 'ignore' })
    best = Math.min(best, performance.now() - start)
  }
  return { name, nanoseconds: best * 1e6 }
}

/** How long a person waits for a process that does next to nothing, beside Node alone; of what `npm run build` made. */
export function measureStart(): Measured[] {
  const node = least('node -e 0', ['-e', '0'])
  return existsSync(built) ? [node, least('kafka --help', [program, '--help'])] : [node]
}
