#!/usr/bin/env node
/**
 * The main job, seen once: a node on a free port, a topic, a text file piped in, tailed from the beginning and compared, the group's lag.
 * Everything lives in a temporary folder and is gone at the end.
 */
import { execFile, spawn } from 'node:child_process'
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const work = mkdtempSync(join(tmpdir(), 'kafka-quickstart-'))
const text = join(root, 'package-lock.json')
const TOPIC = 'quickstart'

const say = (line) => process.stdout.write(`${line}\n`)

/** The port is given back before the node takes it: whoever is quicker in between makes the start fail, with one sentence. */
const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

function tool(name, args, input) {
  say(`$ ${name} ${args.join(' ')}${input ? ' < package-lock.json' : ''}`)
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [join(root, 'bin', `${name}.js`), ...args],
      { maxBuffer: 1 << 28 },
      (error, stdout, stderr) =>
        error ? reject(new Error(`${name} ended with ${error.code}: ${stderr || stdout}`)) : resolve(stdout),
    )
    if (input) createReadStream(input).pipe(child.stdin)
    else child.stdin.end()
  })
}

async function startNode(port) {
  const args = [join(root, 'bin', 'kafka-server-start.js'), join(root, 'config', 'server.properties')]
  for (const override of [
    `listeners=PLAINTEXT://127.0.0.1:${port}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=',
    'controller.quorum.bootstrap.servers=',
    `log.dirs=${join(work, 'logs')}`,
    'group.initial.rebalance.delay.ms=0',
  ])
    args.push('--override', override)
  say(`$ kafka-server-start config/server.properties --override listeners=PLAINTEXT://127.0.0.1:${port} ...`)
  const node = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve, reject) => {
    node.stdout.on('data', (chunk) => /started|listens/i.test(String(chunk)) && resolve())
    node.once('exit', (code) => reject(new Error(`the node ended with ${code}`)))
  })
  return node
}

const port = await freePort()
const node = await startNode(port)
try {
  const at = ['--bootstrap-server', `127.0.0.1:${port}`]
  say(await tool('kafka-topics', [...at, '--create', '--topic', TOPIC, '--partitions', '1']))
  await tool('kafka-console-producer', [...at, '--topic', TOPIC], text)
  const lines = readFileSync(text, 'utf8').split('\n').length - 1
  const tail = ['--topic', TOPIC, '--from-beginning', '--group', 'readers', '--max-messages', String(lines)]
  const read = await tool('kafka-console-consumer', [...at, ...tail])
  if (read !== readFileSync(text, 'utf8')) throw new Error('what came out is not what went in')
  say(`${lines} lines went in and came out, byte for byte the same.`)
  say(await tool('kafka-consumer-groups', [...at, '--describe', '--group', 'readers']))
} finally {
  const gone = new Promise((resolve) => node.once('exit', resolve))
  node.kill('SIGTERM')
  await gone
  rmSync(work, { recursive: true, force: true })
}
say('The node has stopped, and its folder is gone.')
