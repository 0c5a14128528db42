import { spawnSync } from 'node:child_process'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, program, runBuilt } from '../support/built-commands.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** What people see at a terminal of 80 columns, which `script` of util-linux makes. */
const possible = isBuilt() && spawnSync('script', ['--version']).status === 0
if (!possible) console.warn('terminals are not tested: there is no script of util-linux')

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await runBuilt(server.bootstrap, 'topics create orders --partitions 2 --config cleanup.policy=compact,delete')
  await runBuilt(server.bootstrap, 'console-producer orders -k :', 'k:v')
  await runBuilt(server.bootstrap, 'console-consumer orders --group billing --until-end')
})
afterAll(() => server.close())

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'

/** Runs a command at a terminal; types each text once the pattern before it is shown. */
async function atTerminal(args: string, typed: [RegExp, string][] = [], env: Record<string, string> = {}) {
  const command = `stty cols 80 rows 24; exec '${process.execPath}' '${program}' ${args}`
  const child = execa('script', ['-qefc', command, '/dev/null'], {
    ...{ reject: false, timeout: 15_000, stripFinalNewline: false },
    env: { KAFKA_BOOTSTRAP_SERVERS: server.bootstrap, TERM: 'xterm-256color', NO_COLOR: '', ...env },
  })
  const left = [...typed]
  let seen = ''
  child.stdout.on('data', (text) => {
    seen += text
    if (!left[0]?.[0].test(seen)) return
    child.stdin.write(left.shift()?.[1] as string)
    seen = ''
  })
  const { stdout, exitCode } = await child
  return { code: exitCode, out: stdout.replaceAll('\r\n', '\n') }
}

const ESCAPE = '\u001b'
/** What stands there when all is written, colours aside. */
const shown = (out: string): string => out.replace(new RegExp(`${ESCAPE}\\[[0-9;?]*[a-zA-Z]`, 'g'), '')

describe.skipIf(!possible)('at a terminal', () => {
  it('Ctrl-C at a question changes nothing', async () => {
    const { code, out } = await atTerminal('topics delete orders', [[/y\/N/, CTRL_C]])
    expect(code).toBe(130)
    expect(shown(out)).toMatch(/\nNothing was changed\.\n$/)
    expect((await runBuilt(server.bootstrap, 'topics list orders')).out).toBe('orders')
  })

  it('Ctrl-C and Ctrl-D leave the line', async () => {
    const consumed = await atTerminal('console-consumer orders --from-beginning', [[/v/, CTRL_C]])
    expect(consumed).toMatchObject({ code: 130, out: expect.stringMatching(/\n$/) })
    const produced = await atTerminal('console-producer orders -k :', [[/>/, CTRL_D]])
    expect(produced).toEqual({ code: 0, out: '>\n' })
  })

  it('lines end behind a word', async () => {
    const { out, code } = await atTerminal('topics list -b localhost:1', [], { NO_COLOR: '1' })
    expect(code).toBe(1)
    expect(out).toBe(
      [
        'Connection to localhost:1 was refused: no broker listens there. Name a broker',
        'that runs with --bootstrap-server, or start one with `kafka server-start`.',
        '',
      ].join('\n'),
    )
    const described = (await atTerminal('topics describe orders', [], { NO_COLOR: '1' })).out
    const lines = described.slice(0, described.indexOf('┌')).trimEnd().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines.every((line) => line.length <= 80)).toBe(true)
    expect(lines.join('  ').split('  ')).toEqual(
      expect.arrayContaining(['orders', 'replication factor 1', 'cleanup.policy=compact,delete']),
    )
  })

  it('a watch clears the screen once, and then draws over it', async () => {
    const line = 'consumer-groups describe billing --watch 100ms'
    const { code, out } = await atTerminal(line, [[/(Ctrl-C ends.*){3}/s, CTRL_C]])
    expect(code).toBe(0)
    expect(out.split(`${ESCAPE}[2J`)).toHaveLength(2)
    expect(out).toMatch(/\n$/)
  })

  it('no colour is one that a background has', async () => {
    const { out } = await atTerminal('topics describe orders')
    expect(out).toContain('┌')
    // Grey is the background of Solarized's dark colours; white and black are those of others.
    for (const colour of ['30', '37', '90', '97']) expect(out).not.toContain(`${ESCAPE}[${colour}m`)
  })

  it.each(['NO_COLOR=1', 'TERM=dumb'])('with %s there is nothing but text', async (setting) => {
    const env = Object.fromEntries([setting.split('=')])
    const { out } = await atTerminal('topics describe orders', [], env)
    expect(out).toContain('┌')
    expect(out).not.toContain(ESCAPE)
    expect((await atTerminal('console-consumer orders --until-end --print key', [], env)).out).toBe('k  v\n')
    const asked = await atTerminal('topics delete orders', [[/y\/N/, 'n\n']], env)
    expect(asked.code).toBe(0)
    expect(asked.out).toMatch(/^Delete orders with all records\? \(y\/N\) /)
    expect(asked.out).not.toContain(ESCAPE)
    const watched = await atTerminal('consumer-groups describe --all --watch 1s', [[/TIME/, CTRL_C]], env)
    expect(watched.out).not.toContain(ESCAPE)
  })

  it('a value that cannot be read is wrong usage', async () => {
    expect(await runBuilt(server.bootstrap, 'topics create x -p 0')).toEqual({
      ...{ code: 2, out: '' },
      err: '--partitions: expected an integer greater than or equal to 1 but received: 0.',
    })
  })
})
