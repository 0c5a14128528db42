import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as acls from '../../src/cli/classic/acls.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { withoutStacks, words } from '../support/compare-tools.ts'
import { examplesOf, Home } from '../support/examples.ts'
import { misfits, parseShape } from '../support/shape.ts'
import { runClassic } from '../support/test-console.ts'

/** kafka-acls at a broker with an authorizer: one session by Apache's tool, then the same by ours; and what the native commands make of it. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of ACLs is skipped: ${missing}`)

const PORT = 22_520
const work = mkdtempSync(join(tmpdir(), 'acls-'))
let apache: ApacheBroker
beforeAll(async () => {
  if (missing) return
  apache = await startBroker(join(work, 'a'), PORT, {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  })
}, 120_000)
afterAll(async () => {
  await apache?.stop()
  rmSync(work, { recursive: true, force: true })
})

interface Line {
  readonly args: string
  readonly input?: string
}
const session: readonly Line[] = [
  { args: '--add --allow-principal User:bob --operation Read --operation Write --topic t1' },
  { args: '--add --allow-principal User:bob --producer --topic pre --resource-pattern-type prefixed' },
  { args: '--add --allow-principal User:ann --consumer --topic t1 --group g --allow-host 127.0.0.1' },
  { args: '--add --deny-principal User:bob --operation delete --topic t1 --deny-host 10.0.0.1' },
  { args: '--add --allow-principal User:ann --cluster --operation describeConfigs' },
  { args: '--add --allow-principal User:ann --cluster --operation describeConfigs' },
  { args: '--add --allow-principal User:ann --cluster --operation describeConfigs --operation alter' },
  { args: '--list' },
  { args: '--list --topic t1' },
  { args: '--list --topic pre-1 --resource-pattern-type match' },
  { args: '--list --principal User:bob --topic t1' },
  { args: '--list --topic nothing' },
  { args: '--remove --topic t1 --allow-principal User:bob --operation read', input: 'n\n' },
  { args: '--remove --topic t1 --allow-principal User:bob --operation read', input: 'y\n' },
  { args: '--list --topic t1' },
  { args: '--remove --topic t1 --force' },
  { args: '--remove --topic pre --resource-pattern-type prefixed --force' },
  { args: '--remove --group g --force' },
  { args: '--remove --cluster --force' },
  { args: '--list' },
]

/** Blocks of a resource, and the entries in them, come in an order of chance. */
const sorted = (text: string): string =>
  withoutStacks(text)
    .split('\n\n')
    .map((block) =>
      block
        .replace(/^ (?=\t)/gm, '')
        .split('\n')
        .sort()
        .join('\n'),
    )
    .sort()
    .join('\n\n')
    .trim()

describe.skipIf(missing)('ACLs', () => {
  it('are listed, added and removed by our tool as by that of Apache', async () => {
    const line = (args: string) => ['--bootstrap-server', apache.bootstrap, ...words(args)]
    const theirs = []
    for (const { args, input } of session) {
      // Apache's tool reads answers from a terminal only.
      const { stdout, exitCode } = await runTool('kafka-acls', line(input === 'y\n' ? `${args} --force` : args))
      theirs.push({ args, out: input === undefined ? sorted(stdout) : '', code: input === undefined ? exitCode : 0 })
    }
    const mine = []
    for (const { args, input } of session) {
      const { out, code } = await runClassic(acls, line(args), { input: input ?? '' })
      mine.push({ args, out: input === undefined ? sorted(out) : '', code })
    }
    expect(mine).toEqual(theirs)
    expect(theirs.map(({ out }) => out).join('')).toContain('principal=User:ann, host=127.0.0.1, operation=READ')
  }, 120_000)

  it('are listed, added and removed by the native commands', async () => {
    const documents = readFileSync(new URL('../../docs/output.md', import.meta.url), 'utf8')
    const run = async (args: string): Promise<unknown> => {
      const { code, out, err } = await runBuilt(apache.bootstrap, `${args} --json`)
      expect({ args, code, err }).toEqual({ args, code: 0, err: '' })
      const name = args.split(' ').slice(0, 2).join(' ')
      const section = documents.slice(documents.indexOf(`### ${name}\n`))
      expect(misfits(JSON.parse(out), parseShape(/```ts\n(.*?)```/s.exec(section)?.[1] ?? ''))).toEqual([])
      return JSON.parse(out)
    }
    await run('acls add User:bob --topic orders --operation read --operation describe')
    await run('acls add User:bob --topic orders --group billing --consumer')
    await run('acls add User:* --topic ord --prefixed --operation delete --deny --host 10.0.0.1')
    const entry = (operation: string) => ({
      resourceType: 'topic',
      name: 'orders',
      pattern: 'literal',
      principal: 'User:bob',
      host: '*',
      operation,
      permission: 'allow',
    })
    const { acls: matching } = (await run('acls list --topic orders --matching')) as { acls: object[] }
    expect(matching).toHaveLength(3)
    expect(matching).toContainEqual({
      ...entry('delete'),
      name: 'ord',
      pattern: 'prefixed',
      principal: 'User:*',
      host: '10.0.0.1',
      permission: 'deny',
    })
    expect(await run('acls remove --topic orders --operation read')).toEqual({ removed: [entry('read')] })
    expect(await run('acls list --topic orders')).toEqual({ acls: [entry('describe')] })
    const wrong = await runBuilt(apache.bootstrap, 'acls add User:bob --topic orders --operation create-tokens')
    expect(wrong).toMatchObject({ code: 2, out: '' })
    expect(wrong.err).toMatch(/^create-tokens is no operation on a topic: /)
  }, 60_000)

  describe.skipIf(!isBuilt())('in the examples of the help', () => {
    const home = new Home()
    afterAll(() => home.remove())

    it.each(examplesOf('acls'))('%s', (line) => home.succeeds(line, apache.bootstrap), 20_000)
  })
})
