import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, program, runBuilt } from '../support/built-commands.ts'
import { retentionAtOnce, startTestServer, type TestServer } from '../support/server.ts'

const built = isBuilt()

let server: TestServer
const kafka = (args: string, input = '') => runBuilt(server.bootstrap, args, input)

beforeAll(async () => {
  server = await startTestServer(retentionAtOnce)
  await kafka('topics create orders --partitions 2')
  await kafka('topics create copy --partitions 2')
})
afterAll(() => server.close())

describe.skipIf(!built)('the console commands', () => {
  it('copy a topic byte for byte', async () => {
    await kafka('console-producer orders -k : --header h=1 --header h=2', 'a:1\nb:2\n')
    await kafka('console-producer orders --tombstone', 'a\n')
    const timestamp = Date.now()
    const given = `{"keyBase64":"/wA=","valueBase64":"gA==","timestamp":${timestamp}}\n`
    await kafka('console-producer orders --input json', given)
    const out = (await kafka('console-consumer orders --until-end --json')).out
    expect(out.split('\n')).toHaveLength(4)
    expect(await kafka('console-producer copy --input json --keep-partition', out)).toMatchObject({ code: 0, err: '' })
    const copy = (await kafka('console-consumer copy --until-end --json')).out.replaceAll(
      '"topic":"copy"',
      '"topic":"orders"',
    )
    expect(copy.split('\n').sort()).toEqual(out.split('\n').sort())
    expect(out).toContain('"headers":[{"key":"h","value":"1"},{"key":"h","value":"2"}]')
    expect(out).toContain(
      `"timestamp":${timestamp},"timestampType":"CreateTime","headers":[],"keyBase64":"/wA=","valueBase64":"gA=="`,
    )
  })

  it('count what the filters let through', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n')
    await kafka('topics create log --partitions 1')
    await kafka('console-producer log', lines)
    expect((await kafka('console-consumer log --from-beginning --grep 5$ -n 3')).out).toBe('line 5\nline 15\nline 25')
    expect((await kafka('console-consumer log --tail 2 --until-end --format %o:%v')).out).toBe('98:line 98\n99:line 99')
    expect((await kafka('console-consumer log --until-end --group g -o csv')).out.split('\n')).toHaveLength(101)
    expect((await kafka('console-consumer log --until-end --group g')).out).toBe('')
  })

  it('send at a rate, and more than once', async () => {
    await kafka('topics create paced --partitions 1')
    const start = performance.now()
    await kafka('console-producer paced --rate 20/s --repeat 2', '1\n2\n3\n4\n5\n')
    expect(performance.now() - start).toBeGreaterThan(450)
    expect((await kafka('console-consumer paced --until-end')).out).toBe('1\n1\n2\n2\n3\n3\n4\n4\n5\n5')
  })

  it('say what is wrong in one sentence', async () => {
    expect(await kafka('console-consumer nowhere --until-end')).toEqual({
      code: 1,
      out: '',
      err: 'There is no topic nowhere.',
    })
    expect((await kafka('console-consumer orders --grep (')).code).toBe(2)
    expect((await kafka('console-consumer orders --to-time 2999-01-01')).err).toBe(
      '--to-time 2999-01-01 is still to come.',
    )
    expect((await kafka('console-consumer orders --tail 1 --group g')).code).toBe(2)
    expect((await kafka('console-consumer orders --print oops')).code).toBe(2)
    expect((await kafka('console-producer orders --rate fast')).code).toBe(2)
    expect((await kafka('console-producer orders --input json --tombstone')).code).toBe(2)
    expect(await kafka('console-producer orders --input json', 'oops\n')).toMatchObject({ code: 1, out: '' })
    const nobody = await execa(process.execPath, [program, 'console-producer', 'orders'], {
      input: 'a\nb\n',
      reject: false,
      env: { KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1' },
    })
    expect(nobody.exitCode).toBe(1)
    expect(nobody.stderr).toMatch(/^Connection to 127\.0\.0\.1:1 was refused.*server-start`\.$/)
  })
})
