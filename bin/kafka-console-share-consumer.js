#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-console-share-consumer')
await import('./run.js')
