#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-e2e-latency')
require('./run.js')
