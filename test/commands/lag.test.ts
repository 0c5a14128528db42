import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, program, runBuilt } from '../support/built-commands.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const built = isBuilt()

let server: TestServer
const kafka = (args: string, input = '') => runBuilt(server.bootstrap, args, input)

beforeAll(async () => {
  server = await startTestServer()
  await kafka('topics create orders --partitions 1')
  await kafka('console-producer orders', 'a\nb\nc\n')
  await kafka('console-consumer orders --group billing --from-beginning -n 1')
  await kafka('console-consumer orders --group done --from-beginning -n 3')
})
afterAll(() => server.close())

/** Starts a watch, waits until it has written so many lines, and ends it with Ctrl-C's signal. */
async function watch(args: string, lines: number): Promise<{ code: number | undefined; lines: string[] }> {
  const child = execa(process.execPath, [program, ...args.split(' ')], {
    reject: false,
    env: { KAFKA_BOOTSTRAP_SERVERS: server.bootstrap, NO_COLOR: '1' },
  })
  const seen: string[] = []
  for await (const line of child) {
    seen.push(line)
    if (seen.length === lines) child.kill('SIGINT')
  }
  return { code: (await child).exitCode, lines: seen }
}

describe.skipIf(!built)('the lag of groups on the command line', () => {
  it('is by partition, topic or group', async () => {
    expect((await kafka('consumer-groups describe billing')).out).toMatch(
      /lag 2, [\d.]+ s\nTOPIC +PARTITION +CURRENT-OFFSET +LOG-END-OFFSET +LAG +LAG-SECONDS\norders +0 +1 +3 +2 +[\d.]+$/,
    )
    expect((await kafka('consumer-groups describe --all --by topic --no-time -o csv')).out).toBe(
      'group,topic,partitions,lag,lag-seconds\nbilling,orders,1,2,\ndone,orders,1,0,',
    )
    expect((await kafka('consumer-groups describe --all --by group --only-lagging --no-time')).out).toMatch(
      /^GROUP +STATE +MEMBERS +PARTITIONS +LAG +LAG-SECONDS\nbilling +Empty +0 +1 +2 +-$/,
    )
  })

  it('is watched until Ctrl-C', async () => {
    const { code, lines } = await watch('consumer-groups describe --all --by group --watch 100ms --no-time', 5)
    expect(code).toBe(0)
    expect(lines[0]).toMatch(/^TIME +GROUP +LAG +LAG-SECONDS +TREND$/)
    expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +billing +2 +- +-$/)
    expect(lines[3]).toMatch(/Z +billing +2 +- +0$/)
    const json = await watch('consumer-groups describe billing --watch 100ms -o json', 2)
    expect(json.lines.map((line) => JSON.parse(line))).toMatchObject([
      { groups: [{ group: 'billing', totalLag: 2 }] },
      { groups: [{ group: 'billing', totalLag: 2 }] },
    ])
  })

  it('is not watched where there is nothing to see', async () => {
    expect(await kafka('consumer-groups describe nobody --watch')).toMatchObject({ code: 1, out: '' })
    expect((await kafka('consumer-groups describe billing --watch 1y')).code).toBe(2)
  })
})
