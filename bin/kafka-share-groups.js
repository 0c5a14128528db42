#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-share-groups')
require('./run.js')
