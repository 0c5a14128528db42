#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-client-metrics')
await import('./run.js')
