'use strict'
/**
 * Runs a script with the code that V8 made of it the last time, which a third of a short run's time would go into otherwise. Only for Node
 * 20, which does not do so by itself.
 */
const fs = require('node:fs')
const module_ = require('node:module')
const os = require('node:os')
const path = require('node:path')
const v8 = require('node:v8')
const vm = require('node:vm')

const HASH_LENGTH = 64
const KEEP_MS = 1000

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

/** A second after the start, for a server may be killed, or at the end of a shorter run. */
function keepLater(keep) {
  let timer = setTimeout(() => {
    timer = undefined
    keep()
  }, KEEP_MS).unref()
  // A word that is no tool's (2 is wrong usage) leaves nothing behind.
  process.on('exit', (code) => timer !== undefined && code !== 2 && keep())
}

/** What the script at `file` exports; `tool` is the word that chooses what it will run. */
exports.load = (file, tool = '') => {
  // Under load the engine would forget what only a start needs within that second, and it would be missing for ever.
  v8.setFlagsFromString('--no-flush-bytecode')
  const text = fs.readFileSync(file, 'latin1')
  const kept = fileOf(/^[a-z][a-z-]*(\.sh)?$/.test(tool) ? tool : 'kafka')
  const title = Buffer.from(`${process.version} ${process.arch} ${text.slice(-HASH_LENGTH)}\n`)
  const script = new vm.Script(module_.wrap(text), {
    filename: file,
    cachedData: read(kept, title),
  })
  if (script.cachedDataRejected !== false) keepLater(() => write(kept, title, script.createCachedData()))

  const loaded = new module_(file, module)
  loaded.filename = file
  require.cache[file] = loaded
  script
    .runInThisContext()
    .call(loaded.exports, loaded.exports, module_.createRequire(file), loaded, file, path.dirname(file))
  loaded.loaded = true
  return loaded.exports
}
