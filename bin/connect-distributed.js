#!/usr/bin/env node
process.argv.splice(2, 0, 'connect-distributed.sh')
require('./run.js')
