#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-metadata-shell')
require('./run.js')
