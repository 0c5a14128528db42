#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-dump-log')
await import('./run.js')
