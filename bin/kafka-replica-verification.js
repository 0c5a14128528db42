#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-replica-verification')
await import('./run.js')
