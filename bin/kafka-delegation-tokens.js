#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-delegation-tokens')
require('./run.js')
