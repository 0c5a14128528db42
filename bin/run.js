#!/usr/bin/env node
import fs from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// Node from 22 on keeps compiled code between runs.
module.enableCompileCache?.()

const bundle = new URL('../dist/cli/main.js', import.meta.url)
if (!fs.existsSync(bundle)) {
  process.stderr.write('This checkout is not built yet: run `npm run setup` in it first.\n')
  process.exit(1)
}
const { main } = await import(bundle)
process.exit(await main(process.argv.slice(2), fileURLToPath(new URL('..', import.meta.url))))
