#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-features')
require('./run.js')
