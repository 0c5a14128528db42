#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-transactions')
require('./run.js')
