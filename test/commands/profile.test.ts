import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nativeSettings } from '../../src/cli/native/settings.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { isBuilt, program } from '../support/built-commands.ts'
import { consoleWith } from '../support/test-console.ts'

const built = isBuilt()
const home = mkdtempSync(join(tmpdir(), 'kafka-profiles-'))
const path = join(home, 'kafka-toolset/profiles.json')
afterAll(() => rmSync(home, { recursive: true, force: true }))

async function kafka(args: string, input = '') {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program, ...args.split(' ')], {
    input,
    reject: false,
    env: { XDG_CONFIG_HOME: home },
  })
  return { code: exitCode, out: stdout, err: stderr }
}

describe.skipIf(!built)('profiles', () => {
  it('are made, shown, used and removed', async () => {
    expect(await kafka('profile list')).toMatchObject({ code: 0, out: 'NAME  SERVERS  CURRENT' })
    expect((await kafka('profile set staging -b one:1 client.id=me')).out).toBe(
      'Profile staging has bootstrap.servers, client.id.',
    )
    await kafka('profile set staging --from-stdin sasl.jaas.config --unset client.id', 'top "secret"\n')
    expect(JSON.parse((await kafka('profile show staging --json')).out)).toEqual({
      name: 'staging',
      properties: { 'bootstrap.servers': 'one:1', 'sasl.jaas.config': '[hidden]' },
    })
    expect((await kafka('profile show staging --secrets -o csv')).out).toContain('sasl.jaas.config,"top ""secret"""')
    await kafka('profile use staging')
    expect((await kafka('profile list -o csv')).out).toBe('name,servers,current\nstaging,one:1,yes')
    expect((await kafka('profile show')).out).toContain('one:1')
    expect((await kafka('profile remove staging')).out).toBe('Removed profile staging.')
    expect(await kafka('profile show')).toMatchObject({ code: 1, err: 'No profile is in use.' })
  })

  it('are readable by their owner only', async () => {
    writeFileSync(`${path}.tmp`, '', { mode: 0o644 })
    await kafka('profile set p a=b')
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('are refused in one sentence when something is wrong', async () => {
    expect(await kafka('profile use nobody')).toMatchObject({
      code: 1,
      err: 'There is no profile nobody: known are p.',
    })
    expect(await kafka('profile set p oops')).toMatchObject({ code: 2, err: 'oops is not name=value.' })
    expect((await kafka('profile set __proto__ a=b')).code).toBe(2)
    expect((await kafka('profile use')).code).toBe(2)
    writeFileSync(path, '{"profiles": []')
    expect((await kafka('topics list')).err).toBe(`${path} is no file of profiles: mend it, or move it away.`)
  })
})

describe('the settings of a native command', () => {
  const file = join(home, 'client.properties')
  beforeAll(() => {
    writeFileSync(file, 'client.id=file\n')
    const profiles = {
      used: { 'bootstrap.servers': 'used:1', secret: 's' },
      named: { 'bootstrap.servers': 'named:1', 'client.id': 'n' },
    }
    writeFileSync(path, JSON.stringify({ current: 'used', profiles }))
  })

  const settings = (flags: { profile?: string; servers?: string; config?: string }, env: Record<string, string> = {}) =>
    nativeSettings(
      { profile: undefined, servers: undefined, config: undefined, ...flags },
      { console: consoleWith({ XDG_CONFIG_HOME: home, ...env }), runtime: nodeRuntime },
    )
  const servers = (...args: Parameters<typeof settings>) => settings(...args)['bootstrap.servers']

  it('come from flags, then the environment, then profiles', () => {
    const all = { KAFKA_BOOTSTRAP_SERVERS: 'env:1', KAFKA_PROFILE: 'named' }
    expect(servers({ servers: 'flag:1', profile: 'named' }, all)).toBe('flag:1')
    expect(servers({ profile: 'named' }, { KAFKA_BOOTSTRAP_SERVERS: 'env:1' })).toBe('named:1')
    expect(servers({}, all)).toBe('env:1')
    expect(servers({}, { KAFKA_PROFILE: 'named' })).toBe('named:1')
    expect(servers({})).toBe('used:1')
    expect(servers({}, { XDG_CONFIG_HOME: '/nowhere' })).toBe('localhost:9092')
  })

  it('take a file before a profile', () => {
    expect(settings({ profile: 'named', config: file })).toEqual({
      'bootstrap.servers': 'named:1',
      'client.id': 'file',
    })
    expect(settings({ profile: 'named' }, { KAFKA_COMMAND_CONFIG: file })['client.id']).toBe('file')
  })

  it('never send the secrets of the profile in use to another cluster', () => {
    expect(settings({})).toHaveProperty('secret')
    expect(settings({ servers: 'flag:1' })).toEqual({ 'bootstrap.servers': 'flag:1' })
    expect(settings({}, { KAFKA_BOOTSTRAP_SERVERS: 'env:1' })).toEqual({ 'bootstrap.servers': 'env:1' })
    expect(settings({ config: file })).toEqual({ 'bootstrap.servers': 'localhost:9092', 'client.id': 'file' })
  })
})
