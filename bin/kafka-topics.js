#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-topics')
require('./run.js')
