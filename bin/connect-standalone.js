#!/usr/bin/env node
process.argv.splice(2, 0, 'connect-standalone.sh')
require('./run.js')
