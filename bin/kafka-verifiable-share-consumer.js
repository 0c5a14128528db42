#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-verifiable-share-consumer')
require('./run.js')
