#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-configs')
await import('./run.js')
