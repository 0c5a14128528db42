import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as configs from '../../src/cli/classic/configs.ts'
import * as dumpLog from '../../src/cli/classic/dump-log.ts'
import * as features from '../../src/cli/classic/features.ts'
import * as storage from '../../src/cli/classic/storage.ts'
import { apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { startTestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** kafka-storage: the same lines to Apache's and to ours, what they print, and what lies in the directories afterwards. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of formatting is skipped: ${missing}`)

const PORT = 22_420
const ID = 'MkU3OEVBNTcwNTJENDM2Qk'
const work = mkdtempSync(join(tmpdir(), 'format-'))
const data = join(work, 'data')

function properties(name: string, role: string, ...more: string[]): void {
  const listeners = [
    ...(role === 'controller' ? [] : [`PLAINTEXT://127.0.0.1:${PORT}`]),
    ...(role === 'broker' ? [] : [`CONTROLLER://127.0.0.1:${PORT + 1}`]),
  ]
  const lines = [
    `process.roles=${role}`,
    'node.id=1',
    `listeners=${listeners.join(',')}`,
    'controller.listener.names=CONTROLLER',
    `log.dirs=${data}/b,${data}/a`,
    'offsets.topic.replication.factor=1',
    ...more,
  ]
  writeFileSync(join(work, `${name}.properties`), `${lines.join('\n')}\n`)
}
const bootstrap = `controller.quorum.bootstrap.servers=127.0.0.1:${PORT + 1}`
const voters = `controller.quorum.voters=1@127.0.0.1:${PORT + 1}`
properties('static', 'broker,controller', voters, `metadata.log.dir=${data}/m`)
properties('dynamic', 'broker,controller', bootstrap)
properties('broker', 'broker', bootstrap)
properties('controller', 'controller', bootstrap, `advertised.listeners=CONTROLLER://host.example:${PORT + 9}`)

const format = (name: string, args = '') => `format -t ${ID} -c ${work}/${name}.properties ${args}`
const alice = 'SCRAM-SHA-256=[name=alice,password=alice-secret,salt="N3E="]'
const salted = 'SCRAM-SHA-512=[name=alice,iterations=8192,salt="N3E=",saltedpassword="YCE="]'
const one = `1@127.0.0.1:${PORT + 1}:MvDxzVmcRsaTz33bUuRU6A`
const sessions: Readonly<Record<string, readonly string[]>> = {
  static: [
    format('static'),
    format('static'),
    format('static', '-g'),
    `format -t AAA -c ${work}/static.properties -g`,
    `info -c ${work}/static.properties`,
  ],
  scram: [
    format('static', `-S ${alice} -S ${salted} -S SCRAM-SHA-256=[name=bob,password=x,iterations=5000,salt=N3E=]`),
  ],
  release: [format('static', '-r 3.9 -f transaction.version=1')],
  standalone: [format('dynamic', '--standalone'), `info -c ${work}/dynamic.properties`],
  controller: [format('controller', `-s -f kraft.version=1 -f metadata.version=25 -S ${alice}`)],
  initial: [format('dynamic', `-I ${one},2@10.0.0.2:9093:07R5amHmR32VDA6jHkGbTA`)],
  others: [format('broker', '-I 2@10.0.0.2:9093:07R5amHmR32VDA6jHkGbTA')],
  joining: [format('dynamic', '-N -r 3.8'), format('broker', '--standalone')],
  refused: [
    format('dynamic'),
    format('static', '--standalone'),
    format('static', '-f kraft.version=1'),
    format('dynamic', '-s -f kraft.version=0'),
    format('static', '-r 4.4-IV0'),
    format('static', '-f metadata.version=99'),
    format('static', '-f metadata.version=31'),
    format('static', '-r 3.3-IV3 -f eligible.leader.replicas.version=1'),
    format('dynamic', '-I nope'),
    format('dynamic', `-I ${one},${one}`),
    format('static', '-S SCRAM-SHA-256=[name=a,password=x] -r 3.4'),
    format('static', '-S nope'),
    format('static', '-S SCRAM-SHA-1=[name=a,password=x]'),
    format('static', '-S SCRAM-SHA-256=[name=a,password=x,foo=1,bar=2]'),
    format('static', '-S SCRAM-SHA-256=[name=a,password=x,iterations=100]'),
    format('static', '-S SCRAM-SHA-256=[name=a,saltedpassword="YCE="]'),
    format('static', '-S SCRAM-SHA-256=[name=a]'),
    `info -c ${work}/static.properties`,
  ],
  levels: [
    'version-mapping -r 4.4-IV0',
    'version-mapping -r 4.4',
    'feature-dependencies -f metadata.version=31 -f eligible.leader.replicas.version=1',
  ],
}

const times = (text: string): string =>
  text
    .replace(/(directory\.id=|"voterDirectoryId":")(?!MvDx|07R5)[\w-]{22}/g, '$1ID')
    .replace(/(Time: |crc: |Timestamp":)\d+/g, '$1N')
const plain = ({ out, err, code }: { out: string; err: string; code: number }) => ({
  out: times(out),
  err: err
    .replace(/^(Caused by|\tat |\t\.\.\.).*\n/gm, '')
    .replace(/(Invalid cluster.id in: ).*?data\/./, '$1DIR')
    // Which of several is named is chance in Apache's tool.
    .replace(/(Log directory ).*?data\/.(?= is already formatted)/, '$1DIR')
    .replace(/^Exception in thread "main" [\w.]+: /m, ''),
  code,
})

/** All that lies in the directories. */
async function contents(): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const dir of ['a', 'b', 'm'])
    for (const file of [
      'meta.properties',
      'bootstrap.checkpoint',
      `__cluster_metadata-0/${'0'.repeat(20)}-${'0'.repeat(10)}.checkpoint`,
    ]) {
      const path = join(data, dir, file)
      if (!existsSync(path)) continue
      const dump = ['--cluster-metadata-decoder', '--files', path]
      found[path] = file.endsWith('checkpoint')
        ? times((await runClassic(dumpLog, dump)).out)
        : times(readFileSync(path, 'utf8').replace(/^#.*\n/gm, ''))
            .split('\n')
            .sort()
            .join('\n')
    }
  return found
}

const fresh = () => rmSync(data, { recursive: true, force: true })
beforeAll(fresh)
afterAll(() => rmSync(work, { recursive: true, force: true }))

describe.skipIf(missing)('kafka-storage', () => {
  it.each(Object.entries(sessions))(
    '%s',
    async (_, lines) => {
      const words = lines.map((line) => line.split(' ').filter((word) => word !== ''))
      fresh()
      const theirs = []
      for (const args of words) {
        const { stdout: out, stderr: err, exitCode: code } = await runTool('kafka-storage', args)
        theirs.push(plain({ out, err, code }))
      }
      const left = await contents()
      fresh()
      const ours = []
      for (const args of words) ours.push(plain(await runClassic(storage, args)))
      expect(ours).toEqual(theirs)
      expect(await contents()).toEqual(left)
    },
    90_000,
  )

  it('formats with credentials what both brokers start from', async () => {
    const dir = join(work, 'node')
    const file = join(dir, 'server.properties')
    mkdirSync(dir)
    writeFileSync(
      file,
      readFileSync(join(work, 'dynamic.properties'), 'utf8').replace(/^log.dirs=.*/m, `log.dirs=${dir}/logs`),
    )
    const scram = ['-S', alice, '-S', salted]
    expect((await runClassic(storage, ['format', '-t', ID, '-c', file, '-s', ...scram])).code).toBe(0)
    const own = join(work, 'own')
    cpSync(dir, own, { recursive: true })
    const described = "SCRAM credential configs for user-principal 'alice' are "
    const credentials = ['SCRAM-SHA-256=iterations=4096', 'SCRAM-SHA-512=iterations=8192']
    // Which of the two mechanisms comes first is chance at Apache's broker.
    const describeAt = async (port: number) => {
      const args = ['--bootstrap-server', `127.0.0.1:${port}`, '--describe', '--entity-type', 'users']
      const { out } = await runClassic(configs, args)
      return out.startsWith(described) ? out.slice(described.length).trim().split(', ').sort() : out
    }

    const apache = await startBroker(dir, PORT, {
      'controller.quorum.voters': '',
      'controller.quorum.bootstrap.servers': `127.0.0.1:${PORT + 1}`,
    })
    try {
      expect(await describeAt(PORT)).toEqual(credentials)
    } finally {
      await apache.stop()
    }
    const server = await startTestServer({}, { dir: own, port: PORT + 2 })
    try {
      expect(await describeAt(PORT + 2)).toEqual(credentials)
    } finally {
      await server.close()
    }
  }, 60_000)

  it('leaves what both brokers start from when the quorum became dynamic', async () => {
    const dir = join(work, 'raised')
    const port = PORT + 4
    const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`
    const extra = { listeners, 'controller.listener.names': 'CONTROLLER', 'node.id': '1' }
    const level = async () =>
      (await runClassic(features, ['--bootstrap-server', `127.0.0.1:${port}`, 'describe'])).out.match(
        /Feature: kraft.version.*FinalizedVersionLevel: (\d)/,
      )?.[1]
    const server = await startTestServer(extra, { dir, port })
    const raise = ['--bootstrap-server', `127.0.0.1:${port}`, 'upgrade', '--release-version', '4.3']
    expect((await runClassic(features, raise)).out).toContain('kraft.version was upgraded to 1.\n')
    const again = await server.restart()
    expect(await level()).toBe('1')
    await again.server.close()
    const apache = await startBroker(dir, port)
    expect(await level()).toBe('1')
    await apache.stop()
    const back = await startTestServer(extra, { dir, port })
    expect(await level()).toBe('1')
    await back.close()
  }, 90_000)
})
