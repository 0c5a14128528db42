#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-features')
await import('./run.js')
