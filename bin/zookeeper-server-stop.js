#!/usr/bin/env node
process.argv.splice(2, 0, 'zookeeper-server-stop')
require('./run.js')
