#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-consumer-groups')
require('./run.js')
