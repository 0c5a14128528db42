import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildSync } from 'esbuild'
import { projectRoot } from './shell.ts'

/** In the project, for the packages that programs find from where they lie. */
const folder = join(projectRoot, 'node_modules/.cache/test-programs')
const made = new Map<string, string>()

/**
 * A TypeScript program as one script, made once in each test file: read from its sources by tsx, a node takes ten times as long to start, and tests that kill
 * nodes do little else.
 */
export function programOf(source: string): string {
  const known = made.get(source)
  if (known !== undefined) return known
  const { outputFiles } = buildSync({
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    keepNames: true,
    write: false,
  })
  const script = join(folder, `${basename(source, '.ts')}.mjs`)
  mkdirSync(folder, { recursive: true })
  // Files that run at once make the same one: nobody must read half of it.
  const fresh = `${script}.${process.pid}`
  writeFileSync(fresh, outputFiles[0]?.contents ?? '')
  renameSync(fresh, script)
  made.set(source, script)
  return script
}
