#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-log-dirs')
require('./run.js')
