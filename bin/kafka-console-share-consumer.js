#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-console-share-consumer')
require('./run.js')
