#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-leader-election')
require('./run.js')
