#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-console-consumer')
await import('./run.js')
