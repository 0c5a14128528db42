#!/usr/bin/env node
'use strict'
const fs = require('node:fs')
const module_ = require('node:module')
const path = require('node:path')

const root = path.dirname(__dirname)
const program = path.join(root, 'dist', 'kafka.cjs')
if (!fs.existsSync(program)) {
  process.stderr.write('This checkout is not built yet: run `npm run setup` in it first.\n')
  process.exit(1)
}

/** Node from 22 on keeps compiled code between runs by itself. */
function load() {
  if (module_.enableCompileCache === undefined) return require('./kept-code.js').load(program, process.argv[2])
  module_.enableCompileCache()
  return require(program)
}

load()
  .main(process.argv.slice(2), root)
  .then((code) => process.exit(code))
