'use strict'
/**
 * Runs a script with the code that V8 made of it the last time, which a third of a short run's time would go into otherwise. Only for Node
 * 20, which does not do so by itself.
 */
const fs = require('node:fs')
const module_ = require('node:module')
const os = require('node:os')
const path = require('node:path')
const vm = require('node:vm')

const HASH_LENGTH = 64

/** One file a tool, for each runs other functions: a line that tells the build and the engine, then V8's bytes. */
function fileOf(tool) {
  const caches = process.env.XDG_CACHE_HOME || process.env.LOCALAPPDATA || path.join(os.homedir(), '.cache')
  return path.join(caches, 'kafka-toolset', 'code', tool)
}

/** Undefined when nothing was kept of this build, or by somebody else, who might have it do what he likes. */
function read(file, title) {
  try {
    const bytes = fs.readFileSync(file)
    const own = process.getuid === undefined || fs.statSync(file).uid === process.getuid()
    return own && bytes.subarray(0, title.length).equals(title) ? bytes.subarray(title.length) : undefined
  } catch {
    return undefined
  }
}

/** Whole or not at all, for V8 believes what it is given. Where nothing can be written, the next run compiles again. */
function write(file, title, code) {
  const draft = `${file}.${process.pid}`
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    fs.writeFileSync(draft, Buffer.concat([title, code]), { flush: true })
    fs.renameSync(draft, file)
  } catch {
    fs.rmSync(draft, { force: true })
  }
}

/** What the script at `file` exports; `tool` is the word that chooses what it will run. */
exports.load = (file, tool = '') => {
  const text = fs.readFileSync(file, 'latin1')
  const kept = fileOf(/^[a-z][a-z-]*$/.test(tool) ? tool : 'kafka')
  const title = Buffer.from(`${process.version} ${process.arch} ${text.slice(-HASH_LENGTH)}\n`)
  const script = new vm.Script(module_.wrap(text), {
    filename: file,
    cachedData: read(kept, title),
  })
  // A word that is no tool's (2 is wrong usage) leaves nothing behind.
  if (script.cachedDataRejected !== false)
    process.on('exit', (code) => code !== 2 && write(kept, title, script.createCachedData()))

  const loaded = new module_(file, module)
  loaded.filename = file
  require.cache[file] = loaded
  script
    .runInThisContext()
    .call(loaded.exports, loaded.exports, module_.createRequire(file), loaded, file, path.dirname(file))
  loaded.loaded = true
  return loaded.exports
}
