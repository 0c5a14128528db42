import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt } from '../support/built-commands.ts'
import { startEra } from '../support/era.ts'
import { projectRoot, Shell } from '../support/shell.ts'

/** Sessions from documents of the ZooKeeper era, typed line by line. Only ports and the folder of the data are others. */
const built = isBuilt()
const folder = mkdtempSync(join(tmpdir(), 'kafka-era-'))
const installed = join(folder, 'bin')
const shell = new Shell({ PATH: `${installed}:${process.env.PATH}` })
let typed: (line: string) => string

/** The commands under their names, as an installed package has them. */
function install(): void {
  mkdirSync(installed)
  const { bin } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { bin: Record<string, string> }
  for (const [name, file] of Object.entries(bin)) symlinkSync(join(projectRoot, file), join(installed, name))
}

beforeAll(async () => {
  if (!built) return
  install()
  const elsewhere = await startEra(shell, folder)
  typed = (line) => elsewhere(line).replaceAll('config/', `${folder}/`)
}, 60_000)

afterAll(() => {
  shell.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (line: string, input?: string) => shell.type(typed(line), input)

describe.runIf(built)('the quickstart with a ZooKeeper', () => {
  it('makes a topic', async () => {
    const line =
      'bin/kafka-topics.sh -zookeeper localhost:2181 -create -topic Mytopic -partitions 2 -replication-factor 1'
    expect(await run(line)).toEqual({ code: 0, out: 'Created topic Mytopic.\n', err: '' })
  })

  it('shows in one shell what is typed in another', async () => {
    const consumer = shell.start(
      typed('bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic Mytopic'),
    )
    // It starts at the end, which it has to find first: what is typed before is not for it.
    while (!consumer.text.includes('a message')) {
      const sent = await run(
        'bin/kafka-console-producer.sh --broker-list localhost:9092 --topic Mytopic',
        'a message\n',
      )
      expect(sent.code).toBe(0)
    }
    expect(await consumer.stop('SIGINT')).toBe(130)
    expect(consumer.text).toMatch(/^(a message\n)+Processed a total of \d+ messages\n$/)
  }, 30_000)

  it('answers four-letter words', async () => {
    const ask = (word: string) => run(`exec 3<>/dev/tcp/localhost/2181; echo ${word} >&3; cat <&3`)
    expect((await ask('stat')).out).toContain('Mode: standalone')
    expect((await ask('ruok')).out).toBe('imok')
    expect((await ask('dump')).out).toMatch(/\/brokers\/ids\/1\n/)
  })
})

describe.runIf(built)('the console tools with several hosts', () => {
  const zooKeepers = '127.0.0.1:2181,localhost:2181,zkhost3.invalid:2181'

  it('make a topic', async () => {
    const line = `kafka-topics --create --topic device_status -zookeeper ${zooKeepers} --partitions 1 --replication-factor 1`
    // As Apache's: a dot or an underscore in a name may collide with another in the names of metrics.
    expect((await run(line)).out).toMatch(/\nCreated topic device_status\.\n$/)
  })

  it('produce, and consume without taking anything from others', async () => {
    const produce = 'kafka-console-producer --broker-list localhost:9092,127.0.0.1:9092 --topic device_status'
    expect((await run(produce, 'on\noff\n')).code).toBe(0)
    const consume = `kafka-console-consumer -zookeeper ${zooKeepers} -topic device_status -from-beginning`
    for (const _ of ['one reader', 'another']) {
      const consumer = shell.start(typed(consume))
      await consumer.shows(/on\noff\n/)
      await consumer.stop('SIGINT')
    }
  })
})

describe.runIf(built)('the commands for Windows, in the scripts beside them', () => {
  const line = '--bootstrap-server localhost:9092 --topic kaninitopic --partitions 3 --replication-factor 1 --create'

  it('make a topic', async () => {
    expect((await run(`bin/kafka-topics.sh ${line}`)).out).toBe('Created topic kaninitopic.\n')
  })

  it('and a slip of the document is asked about', async () => {
    expect(await run(`bin/kafka-topics.sh ${line.replace('partitions', 'partions')}`)).toEqual({
      code: 1,
      out: '',
      err: 'partions is not a recognized option\nDid you mean --partitions?\n',
    })
  })
})

describe.runIf(built)('word for word', () => {
  const apart = ['-r', '-n', '-m', '-p', '-f', '--kill-child', '--mount-proc']
  const possible = spawnSync('unshare', [...apart, 'ip', 'link', 'set', 'lo', 'up']).status === 0
  if (!possible) console.warn('the session is not typed word for word: namespaces (unshare) or ip are not at hand')

  it.runIf(possible)(
    'with the files and ports that users have',
    () => {
      const script = join(projectRoot, 'test/sessions/namespace.sh')
      const out = execFileSync('unshare', [...apart, 'bash', script, projectRoot], {
        encoding: 'utf8',
        timeout: 90_000,
      })
      expect(out.split('\n')).toEqual([
        'Created topic Mytopic.',
        'This is a message',
        'Mode: standalone',
        '[1]',
        'Created topic kaninitopic.',
        'Created topic streams-file-input.',
        ...['all\t1', 'lead\t1', 'to\t1', 'hello\t1', 'streams\t2', 'join\t1', 'kafka\t3', 'summit\t1'],
        'kafka ended with 143',
        '',
      ])
    },
    100_000,
  )
})
