#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-reassign-partitions')
require('./run.js')
