#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-groups')
require('./run.js')
