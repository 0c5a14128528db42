#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-metadata-quorum')
require('./run.js')
