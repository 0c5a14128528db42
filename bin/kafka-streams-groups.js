#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-streams-groups')
require('./run.js')
