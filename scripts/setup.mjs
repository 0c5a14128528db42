#!/usr/bin/env node
/**
 * Makes a checkout ready: installs the packages of the lock file and builds, each only when it is due. Needs Node and npm, nothing else.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19))
  fail(`Node ${process.versions.node} is too old: 20.19 or later is needed.`)

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

function run(what, command, args) {
  process.stderr.write(`${what} ...\n`)
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) fail(`${what} failed: ${command} ${args.join(' ')}`)
}

/** A digest of files and folders: names and contents. */
function digest(paths) {
  const hash = createHash('sha256')
  const walk = (path) => {
    if (!existsSync(path)) return
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) walk(join(path, name))
    else hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0')
  }
  for (const path of paths) walk(join(root, path))
  return hash.digest('hex')
}

/** Does the work when its inputs are not those of the last time. */
function unlessDone(stamp, inputs, output, work) {
  const file = join(root, stamp)
  const now = digest(inputs)
  if (existsSync(join(root, output)) && existsSync(file) && readFileSync(file, 'utf8') === now) return
  work()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, now)
}

// Not `npm ci`: it refuses a lock file made where the registry lacks the binaries of some other machine.
unlessDone('node_modules/.cache/installed', ['package.json', 'package-lock.json'], 'node_modules', () =>
  run('Installing packages', 'npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']),
)
unlessDone(
  'dist/.built',
  ['src', 'scripts/build.ts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'],
  'dist/index.js',
  () => run('Building', 'npm', ['run', '--silent', 'build']),
)
