#!/usr/bin/env -S node --import tsx
import { fileURLToPath } from 'node:url'

// Runs the sources as they are.
const { main } = await import('../src/cli/main.ts')
process.exit(await main(process.argv.slice(2), fileURLToPath(new URL('..', import.meta.url))))
