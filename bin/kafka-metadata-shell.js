#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-metadata-shell')
await import('./run.js')
