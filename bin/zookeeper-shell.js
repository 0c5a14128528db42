#!/usr/bin/env node
process.argv.splice(2, 0, 'zookeeper-shell')
require('./run.js')
