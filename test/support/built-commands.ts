import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

/** The built program. */
export const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** Whether there is a build; says so when there is none, for then its commands are not tested. */
export function isBuilt(): boolean {
  const built = existsSync(new URL('../../dist/kafka.cjs', import.meta.url))
  if (!built) console.warn('the native commands are not tested: `npm run build` was not run')
  return built
}

/** Runs a command as users start it, as a process of the built program, on the given servers. */
export async function runBuilt(bootstrap: string, args: string, input = '', env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program, ...args.split(' ')], {
    input,
    reject: false,
    env: { KAFKA_BOOTSTRAP_SERVERS: bootstrap, NO_COLOR: '1', ...env },
  })
  return { code: exitCode, out: stdout, err: stderr }
}
