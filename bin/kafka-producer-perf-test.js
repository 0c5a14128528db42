#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-producer-perf-test')
require('./run.js')
