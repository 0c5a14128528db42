#!/usr/bin/env node
process.argv.splice(2, 0, 'kafka-acls')
require('./run.js')
