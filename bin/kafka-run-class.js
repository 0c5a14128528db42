#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-run-class')
require('./run.js')
