import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Completion, complete, type Manifest } from '../../src/cli/completion/candidates.ts'
import { clusterNames } from '../../src/cli/completion/names.ts'
import { completionScripts } from '../../src/cli/completion/scripts.ts'
import type { Context } from '../../src/cli/context.ts'
import { Admin } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { isBuilt, program } from '../support/built-commands.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { consoleWith } from '../support/test-console.ts'

const flag = (name: string, more: object = {}) => ({ [name]: { name, type: 'option' as const, ...more } })
const manifest: Manifest = {
  commands: {
    'topics:list': { summary: 'List topics', args: {}, flags: flag('output', { char: 'o', options: ['json', 'csv'] }) },
    'topics:describe': { args: { topic: { name: 'topic' } }, strict: false, flags: flag('file', { char: 'f' }) },
    'topics:create': { args: { topic: { name: 'topic' } }, flags: {} },
    'configs:alter': {
      args: { type: { name: 'type', options: ['topic', 'broker'] }, name: { name: 'name' } },
      flags: { ...flag('group', { char: 'g', multiple: true }), defaults: { name: 'defaults', type: 'boolean' } },
    },
    secret: { hidden: true, args: {}, flags: {} },
  },
}

describe('what may stand next', () => {
  const wordsOf = (completion: Completion) =>
    completion.kind === 'words' ? completion.words.map(({ word }) => word) : completion
  it.each<[string, string[] | Completion]>([
    ['', ['configs', 'topics']],
    ['t', ['topics']],
    ['topics ', ['create', 'describe', 'list']],
    ['topics d', ['describe']],
    ['topics list ', []],
    ['topics list -', ['--output']],
    ['topics list --output ', ['json', 'csv']],
    ['topics list -o c', ['csv']],
    ['topics list --output=j', ['--output=json']],
    ['topics list -o csv -', []],
    ['topics describe ', { kind: 'names', names: 'topics', prefix: '' }],
    ['topics describe a b ', { kind: 'names', names: 'topics', prefix: '' }],
    ['topics describe -f ', { kind: 'files' }],
    ['topics create ', []],
    ['configs alter ', ['topic', 'broker']],
    ['configs alter topic ', { kind: 'names', names: 'topics', prefix: '' }],
    ['configs alter broker ', []],
    ['configs alter -g x topic ', { kind: 'names', names: 'topics', prefix: '' }],
    ['configs alter -g x --group=', { kind: 'names', names: 'groups', prefix: '--group=' }],
    ['configs alter -g x -', ['--group', '--defaults']],
    ['nonsense ', []],
  ])('after `%s`', (line, expected) => expect(wordsOf(complete(manifest, line.split(' ')))).toEqual(expected))
})

describe('names', () => {
  let server: TestServer
  const cache = mkdtempSync(join(tmpdir(), 'kafka-cache-'))
  beforeAll(async () => {
    server = await startTestServer()
    const admin = new Admin({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
    await admin.createTopics([{ name: 'orders', partitions: 1 }])
    await admin.alterConsumerGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 0 }])
    await admin.close()
  })
  afterAll(async () => {
    await server.close()
    rmSync(cache, { recursive: true, force: true })
  })

  // A busy machine may need more than the budget: time goes slowly here.
  const timer = (ms: number, callback: () => void) => nodeRuntime.clock.timer(ms * 30, callback)
  const context = (env: Record<string, string> = {}, now = () => Date.now()): Context => ({
    console: consoleWith({ XDG_CACHE_HOME: cache, XDG_CONFIG_HOME: cache, ...env }),
    runtime: { ...nodeRuntime, clock: { ...nodeRuntime.clock, now, timer } },
  })
  const noFlags = { profile: undefined, servers: undefined, config: undefined }
  const names = (servers: string, now?: () => number) => clusterNames({ ...noFlags, servers }, context({}, now))

  it('come from the cluster, and for a minute from the cache', async () => {
    expect(await names(server.bootstrap)).toEqual({ topics: ['orders'], groups: ['billing'] })
    const [kept] = readdirSync(join(cache, 'kafka-toolset'))
    const path = join(cache, 'kafka-toolset', kept as string)
    const content = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...content, topics: ['kept'] }))
    expect((await names(server.bootstrap)).topics).toEqual(['kept'])
    expect((await names(server.bootstrap, () => content.at + 61_000)).topics).toEqual(['orders'])
    writeFileSync(path, 'not JSON')
    expect((await names(server.bootstrap)).topics).toEqual(['orders'])
  })

  it('are none where nobody answers', async () => {
    const silent = createServer()
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    // Nothing comes in time here, however busy the machine is.
    const inTime = { ...context(), runtime: nodeRuntime }
    for (const servers of [`127.0.0.1:${port}`, '127.0.0.1:1'])
      expect(await clusterNames({ ...noFlags, servers }, inTime)).toEqual({ topics: [], groups: [] })
    silent.close()
  })

  it.skipIf(!isBuilt())('are completed by bash', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kafka-bash-'))
    writeFileSync(join(folder, 'kafka'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 })
    const ask = async (...words: string[]) => {
      const line = words.map((word) => `'${word}'`).join(' ')
      const ends = `COMP_WORDS=(kafka ${line}); COMP_CWORD=${words.length}; _kafka_complete; printf '%s\\n' "\${COMPREPLY[@]}"`
      const { stdout } = await execa('bash', ['--norc', '-c', `${completionScripts.bash}\n${ends}`], {
        env: {
          PATH: `${folder}:${process.env['PATH']}`,
          XDG_CACHE_HOME: cache,
          KAFKA_BOOTSTRAP_SERVERS: server.bootstrap,
        },
      })
      return stdout.split('\n')
    }
    expect(await ask('topics', 'des')).toEqual(['describe'])
    expect(await ask('topics', 'describe', 'o')).toEqual(['orders'])
    expect(await ask('consumer-groups', 'describe', '')).toEqual(['billing'])
    expect(await ask('topics', 'list', '--output', '=', 'j')).toEqual(['json'])
    expect(await ask('nonsense', '')).toEqual([''])
    rmSync(folder, { recursive: true, force: true })
  })
})
