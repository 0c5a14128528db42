#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-client-metrics')
require('./run.js')
