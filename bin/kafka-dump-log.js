#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-dump-log')
require('./run.js')
