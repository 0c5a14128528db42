import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as features from '../../src/cli/classic/features.ts'
import * as metadataQuorum from '../../src/cli/classic/metadata-quorum.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { isBuilt } from '../support/built-commands.ts'
import { examplesOf, Home } from '../support/examples.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** Controllers that join Apache's quorum and leave it, by Apache's tool and by ours; and what our own quorum of one says to it. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of quorums is skipped: ${missing}`)

const PORT = 22_440
const CONTROLLER = PORT + 8
const work = mkdtempSync(join(tmpdir(), 'quorum-'))
const properties = join(work, 'controller', 'server.properties')
const joining = {
  'process.roles': 'controller',
  'node.id': '7',
  'controller.quorum.voters': '',
  'controller.quorum.bootstrap.servers': `127.0.0.1:${PORT + 1}`,
  listeners: `CONTROLLER://127.0.0.1:${CONTROLLER}`,
  'advertised.listeners': `CONTROLLER://127.0.0.1:${CONTROLLER}`,
}

const idIn = (logDir: string, what: string): string =>
  new RegExp(`^${what}=(.*)$`, 'm').exec(readFileSync(join(logDir, 'meta.properties'), 'utf8'))?.[1] ?? ''

interface Said {
  readonly out: string
  readonly code: number
  /** The last sentence on standard error, without the class's name. */
  readonly err: string
}
const sentence = (err: string): string =>
  (err.split('\n').find((line) => line !== '' && !line.startsWith('\t')) ?? '').replace(/^org\.[\w.]+: /, '')

async function apacheSays(port: number, args: string): Promise<Said> {
  const { stdout, stderr, exitCode } = await runTool('kafka-metadata-quorum', lineOf(port, args))
  return { out: stdout, err: sentence(stderr), code: exitCode }
}
async function oursSays(port: number, args: string): Promise<Said> {
  const { out, err, code } = await runClassic(metadataQuorum, lineOf(port, args))
  return { out, err: sentence(err), code }
}
const lineOf = (port: number, args: string) => ['--bootstrap-server', `127.0.0.1:${port}`, ...args.split(' ')]

let apache: ApacheBroker
let controller: ApacheBroker
let ours: TestServer
beforeAll(async () => {
  if (missing) return
  ours = await startTestServer()
  apache = await startBroker(join(work, 'node'), PORT)
  await runTool('kafka-features', [
    '--bootstrap-server',
    apache.bootstrap,
    ...['upgrade', '--feature', 'kraft.version=1'],
  ])
  controller = await joiner()
}, 120_000)
afterAll(async () => {
  await controller?.stop()
  await apache?.stop()
  await ours?.close()
  rmSync(work, { recursive: true, force: true })
})

/** A controller that follows the metadata and has no vote. */
const joiner = (): Promise<ApacheBroker> => inCluster('controller', CONTROLLER, joining)

/** A further node of Apache's cluster. */
async function inCluster(name: string, port: number, changes: Readonly<Record<string, string>>): Promise<ApacheBroker> {
  const dir = join(work, name)
  const logs = join(dir, 'logs')
  if (!existsSync(join(logs, 'meta.properties'))) {
    const file = join(work, `${name}.properties`)
    const all = { ...changes, 'controller.listener.names': 'CONTROLLER', 'log.dirs': logs }
    const lines = Object.entries(all).map(([property, value]) => `${property}=${value}\n`)
    writeFileSync(file, lines.join(''))
    const cluster = idIn(apache.logDir, 'cluster.id')
    const { exitCode, stderr } = await runTool('kafka-storage', ['format', '-t', cluster, '-c', file, '-N'])
    if (exitCode !== 0) throw new Error(stderr)
  }
  return startBroker(dir, port, changes)
}

describe.skipIf(missing)('voters of a quorum', () => {
  it('join and leave by our tool as by that of Apache', async () => {
    const directory = idIn(controller.logDir, 'directory.id')
    const own = idIn(apache.logDir, 'directory.id')
    const session = async (says: (port: number, args: string) => Promise<Said>): Promise<Said[]> => {
      const all: Said[] = []
      for (const args of [
        `--command-config ${properties} add-controller --dry-run`,
        `--command-config ${properties} add-controller`,
        `--command-config ${properties} add-controller`,
        `remove-controller -i 7 -d ${directory}`,
        `remove-controller -i 7 -d ${directory}`,
        `remove-controller -i 1 -d ${own}`,
      ])
        all.push(await says(PORT, args))
      return all
    }
    const theirs = await session(apacheSays)
    expect(theirs.map(({ code }) => code)).toEqual([0, 0, 1, 0, 1, 1])
    expect(await session(oursSays)).toEqual(theirs)
  }, 120_000)

  it('are what our quorum of one says as that of Apache', async () => {
    const server = ['--bootstrap-server', ours.bootstrap, 'upgrade', '--feature', 'kraft.version=1']
    expect((await runClassic(features, server)).code).toBe(0)
    const own = idIn(join(ours.dir, 'logs'), 'directory.id')
    const theirs = idIn(apache.logDir, 'directory.id')
    for (const args of ['remove-controller -i 1 -d OWN', `remove-controller -i 9 -d ${theirs}`]) {
      const expected = await apacheSays(PORT, args.replace('OWN', theirs))
      const said = await oursSays(ours.port, args.replace('OWN', own))
      expect({ ...said, err: said.err.replaceAll(own, 'OWN') }).toEqual({
        ...expected,
        err: expected.err.replaceAll(theirs, 'OWN').replace(/(id=9, directoryId=)OWN/, `$1${theirs}`),
      })
    }
  }, 60_000)

  describe.skipIf(!isBuilt())('in the examples of the help', () => {
    const home = new Home()
    afterAll(() => home.remove())

    it('come and go', async () => {
      home.write('config/controller.properties', readFileSync(properties, 'utf8'))
      const controllers = `controller.quorum.bootstrap.servers=127.0.0.1:${PORT + 1}`
      expect(readFileSync(properties, 'utf8')).toContain(controllers)
      const added = examplesOf('metadata-quorum:add-controller')
      // What is only shown comes before what is done, which can be done once.
      for (const line of added.sort((a, b) => b.length - a.length)) await home.succeeds(line, apache.bootstrap)
      const directory = idIn(controller.logDir, 'directory.id')
      for (const line of examplesOf('metadata-quorum:remove-controller'))
        await home.succeeds(line.replace(/ 3 \S{22} /, ` 7 ${directory} `), apache.bootstrap)
    }, 60_000)

    it.each(examplesOf('cluster:unregister'))(
      '%s',
      async (line) => {
        const gone = await inCluster('broker', PORT + 10, {
          'process.roles': 'broker',
          'node.id': '4',
          'controller.quorum.voters': '',
          'controller.quorum.bootstrap.servers': `127.0.0.1:${PORT + 1}`,
          listeners: `PLAINTEXT://127.0.0.1:${PORT + 10}`,
        })
        await gone.stop()
        await home.succeeds(line, apache.bootstrap)
      },
      60_000,
    )
  })
})
