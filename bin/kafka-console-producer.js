#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-console-producer')
await import('./run.js')
