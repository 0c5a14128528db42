#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-acls')
await import('./run.js')
