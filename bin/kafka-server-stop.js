#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-server-stop')
require('./run.js')
