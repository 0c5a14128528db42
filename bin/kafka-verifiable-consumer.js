#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-verifiable-consumer')
require('./run.js')
