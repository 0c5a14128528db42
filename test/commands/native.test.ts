import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { atApache, startTestServer, type TestServer } from '../support/server.ts'

/** The commands as users start them: processes of the built program. */
const built = isBuilt()

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const kafka = (args: string, input = '') => runBuilt(server.bootstrap, args, input)

describe.skipIf(!built)('native commands', () => {
  it('handle topics', async () => {
    expect(await kafka('topics create orders --partitions 2 --config retention.ms=1000')).toEqual({
      code: 0,
      out: 'Created topic orders.',
      err: '',
    })
    expect((await kafka('topics list')).out).toBe('orders')
    const { topics } = JSON.parse((await kafka('topics describe orders --json')).out)
    expect(topics).toMatchObject([
      {
        name: 'orders',
        replicationFactor: 1,
        configs: { 'retention.ms': '1000' },
        partitions: [{ leader: 1 }, { isr: [1] }],
      },
    ])
    expect((await kafka('topics describe orders')).out).toMatch(
      /\nPARTITION +LEADER +REPLICAS +ISR +ELR\n0 +1 +1 +1 +-/,
    )
    expect(JSON.parse((await kafka('topics alter orders --partitions 3 --json')).out)).toMatchObject({
      topic: 'orders',
      partitions: 3,
    })
    expect((await kafka('topics delete orders')).out).toBe('Deleted topic orders.')
  })

  it.skipIf(atApache)('say in a sentence what the cluster does not have', async () => {
    for (const kind of ['share', 'streams']) {
      expect(await kafka(`${kind}-groups describe g`)).toEqual({ code: 1, out: '', err: 'Group g not found.' })
      await kafka(`features update ${kind}.version=0 --downgrade`)
      expect(await kafka(`${kind}-groups describe g`)).toEqual({
        code: 1,
        out: '',
        err: `The cluster does not support ${kind} groups: Apache's brokers do from 4.2 on, where ${kind}.version is 1.`,
      })
      await kafka(`features update ${kind}.version=1`)
    }
  })

  it('send any request as it is', async () => {
    await kafka('topics create asked --partitions 2')
    const asked = JSON.stringify({ topics: [{ name: 'asked' }, { name: 'nowhere' }], allowAutoTopicCreation: false })
    const answer = JSON.parse((await kafka('request Metadata - --version 9', asked)).out)
    expect(answer.topics).toMatchObject([
      { name: 'asked', errorCode: 0, partitions: [{ errorCode: 0 }, { errorCode: 0 }] },
      { name: 'nowhere', errorCode: 3, partitions: [] },
    ])
    expect(answer).not.toHaveProperty('errorCode')
    const found = JSON.parse((await kafka('request FindCoordinator --version 0 --json', '')).out)
    expect(found).toMatchObject({ api: 'FindCoordinator', version: 0, response: { errorCode: expect.any(Number) } })
    expect(await kafka('request Metadata {"topcs":[]}')).toEqual({
      ...{ code: 2, out: '', err: 'There is no field topcs: did you mean topics?' },
    })
    expect((await kafka('request 3 --fields --version 0')).out).toMatch(/\nrequest {3}topics +list +-\n/)
    expect((await kafka('request --list')).out).toMatch(/\n18 +ApiVersions +0-4 +any\n/)
  })

  it('tell failure and wrong usage apart', async () => {
    expect(await kafka('topics delete nothing')).toEqual({ code: 1, out: '', err: 'There is no topic nothing.' })
    expect(await kafka('topics create')).toEqual({
      code: 2,
      out: '',
      err: 'Missing argument: TOPIC. --help shows the usage.',
    })
    expect(await kafka('topics list --bogus')).toEqual({ code: 2, out: '', err: 'Nonexistent flag: --bogus' })
    expect(await kafka('topics create t --config nope=1')).toEqual({
      code: 2,
      out: '',
      err: 'Unknown topic config name: nope',
    })
    expect((await kafka('topics create t --config retentoin.ms=1')).err).toBe(
      'Unknown topic config name: retentoin.ms. Did you mean retention.ms?',
    )
    expect(await kafka('acls list --matching')).toEqual({
      code: 2,
      out: '',
      err: '--matching asks what holds for a resource: name it, with --topic, --group or another.',
    })
    expect((await kafka('bogus')).code).toBe(2)
    expect((await kafka('topics delete nothing --debug')).err).toMatch(/\n +at /)
  })

  it('bring records through', async () => {
    await kafka('topics create greetings --partitions 1')
    const sent = await kafka('console-producer greetings -k : --json', 'a:1\nb:2\n')
    expect(JSON.parse(sent.out)).toEqual({ topic: 'greetings', lines: 2, lost: 0 })
    const read = await kafka('console-consumer greetings --from-beginning -n 2 --json --group readers')
    const records = read.out.split('\n').map((line) => JSON.parse(line))
    expect(records).toMatchObject([
      { topic: 'greetings', offset: 0, key: 'a', value: '1', headers: [] },
      { offset: 1, key: 'b', value: '2' },
    ])
    const { groups } = JSON.parse((await kafka('consumer-groups describe readers --json')).out)
    expect(groups).toMatchObject([{ group: 'readers', totalLag: 0, offsets: [{ currentOffset: 2, lag: 0 }] }])
    const reset = 'consumer-groups reset-offsets readers --topic greetings --to'
    expect((await kafka(`${reset} earliest`)).err).toBe('Nothing was changed: --execute sets these offsets.')
    expect(JSON.parse((await kafka(`${reset} -1 --execute --json`)).out)).toEqual({
      group: 'readers',
      executed: true,
      offsets: [{ topic: 'greetings', partition: 0, offset: 1 }],
    })
    expect((await kafka(`${reset} soon`)).code).toBe(2)
  })

  it('leave Apache its own spelling', async () => {
    expect((await kafka('topics --list')).err).toBe('--bootstrap-server must be specified')
    expect((await kafka('kafka-topics --version')).out).toBe('4.3.1')
    expect((await kafka(`topics --create --topic c --bootstrap-server ${server.bootstrap}`)).out).toBe(
      'Created topic c.',
    )
    expect((await kafka('topics --help')).out).toContain('COMMANDS')
    expect((await kafka('console-consumer --help')).out).not.toMatch(/\| +\|/)
  })
})
