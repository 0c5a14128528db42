#!/usr/bin/env node
process.argv.splice(2, 0, 'zookeeper-server-start')
await import('./run.js')
