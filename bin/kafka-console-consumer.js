#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-console-consumer')
require('./run.js')
