#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-replica-verification')
require('./run.js')
