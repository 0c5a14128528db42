#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-verifiable-consumer')
await import('./run.js')
