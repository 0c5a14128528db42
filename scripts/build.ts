/** Builds dist/: the program as one script whose parts run when they are first asked for, and the library as modules. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Plugin } from '@oclif/core'
import { type BuildOptions, build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const inRoot = (...parts: string[]): string => path.join(root, ...parts)

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minify: true,
  // Packages with machine code or WebAssembly beside them stay where npm put them.
  external: ['@node-rs/crc32', 'snappy', 'lz4-napi', '@bokuweb/zstd-wasm'],
  legalComments: 'none',
  logLevel: 'warning',
}

/** `topics:create` of `topics/create.ts`, as oclif calls a command. */
const commandId = (file: string): string => file.replace(/\.ts$/, '').split(path.sep).join(':')

/** What the program gives out: its main function, the help, and oclif's table of commands, of which each is made when it is looked up. */
function program(): string {
  const commands = readdirSync(inRoot('src/commands'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `get '${commandId(file)}'() { return require('./src/commands/${file}').default },`)
  return `export { main } from './src/cli/main.ts'
export function Help(...args) { return new (require('./src/cli/native/help.ts').default)(...args) }
export const commands = {\n${commands.join('\n')}\n}\n`
}

rmSync(inRoot('dist'), { recursive: true, force: true })

const script = inRoot('dist/kafka.cjs')
await build({
  ...shared,
  stdin: { contents: program(), resolveDir: root, sourcefile: 'program.ts', loader: 'ts' },
  outfile: script,
  // One CommonJS script, for V8's compiled code can be kept for that on every Node, and nothing has to be linked.
  format: 'cjs',
  define: { 'import.meta.url': '__filename' },
  supported: { 'dynamic-import': false },
})
// Compiled code that was kept belongs to this very text (bin/kept-code.js).
appendFileSync(script, `//${createHash('sha256').update(readFileSync(script)).digest('hex')}`)

const library = ['src/index.ts'].map((file) => inRoot(file)).filter(existsSync)
await build({
  ...shared,
  entryPoints: library,
  outdir: inRoot('dist'),
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  format: 'esm',
})

if (library.length > 0)
  execFileSync(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), '-p', inRoot('tsconfig.build.json')], {
    cwd: root,
    stdio: 'inherit',
  })

// What oclif has to know of the commands before it loads one.
const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true })
await plugin.load()
writeFileSync(inRoot('oclif.manifest.json'), JSON.stringify(plugin.manifest))
