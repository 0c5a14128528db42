/** Builds dist/: one small entry, and chunks for every command and tool, so that each loads only what it needs. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Plugin } from '@oclif/core'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const inRoot = (...parts: string[]): string => path.join(root, ...parts)

/** Packages with machine code or WebAssembly beside them stay where npm put them. */
const external = ['@node-rs/crc32', 'snappy', 'lz4-napi', '@bokuweb/zstd-wasm']

/** CommonJS inside the bundle asks for Node's modules with `require`. */
const banner = {
  js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
}

function commands(): string[] {
  return readdirSync(inRoot('src/commands'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => inRoot('src/commands', file))
}

const library = ['src/index.ts'].map((file) => inRoot(file)).filter(existsSync)

rmSync(inRoot('dist'), { recursive: true, force: true })
await build({
  entryPoints: [inRoot('src/cli/main.ts'), ...commands(), ...library],
  outdir: inRoot('dist'),
  outbase: inRoot('src'),
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  external,
  banner,
  legalComments: 'none',
  logLevel: 'warning',
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
