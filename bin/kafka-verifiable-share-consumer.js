#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-verifiable-share-consumer')
await import('./run.js')
