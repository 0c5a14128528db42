import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** The commands for operators as users start them: processes of the built program. */
const built = isBuilt()

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const kafka = (args: string, input = '') => runBuilt(server.bootstrap, args, input)

describe.skipIf(!built)('native commands for operators', () => {
  it('show offsets and delete records', async () => {
    await kafka('topics create orders --partitions 1')
    await kafka('console-producer orders', 'a\nb\nc\n')
    expect(JSON.parse((await kafka('get-offsets orders --json')).out)).toEqual({
      offsets: [{ topic: 'orders', partition: 0, offset: 3 }],
    })
    expect(JSON.parse((await kafka('delete-records orders:0:2 --json')).out)).toEqual({
      partitions: [{ topic: 'orders', partition: 0, logStartOffset: 2, error: null }],
    })
    expect((await kafka('get-offsets --json')).code).toBe(0)
    expect((await kafka('delete-records orders:0')).code).toBe(2)
    expect((await kafka('delete-records orders:0:99')).code).toBe(1)
  })

  it('describe and alter quotas and credentials', async () => {
    const set = '--set producer_byte_rate=1024 --set SCRAM-SHA-256=password=secret'
    const altered = await kafka(`configs alter user alice ${set} --json`)
    expect(JSON.parse(altered.out).set).toEqual({ producer_byte_rate: '1024', 'SCRAM-SHA-256': 'password=***' })
    await kafka('configs alter user alice --client reports --set request_percentage=50')
    expect((await kafka('configs describe user')).out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['USER', 'CLIENT', 'PROPERTY', 'VALUE', 'SOURCE'],
      ...[
        ['alice', '-', 'producer_byte_rate', '1024', 'quota'],
        ['alice', '-', 'SCRAM-SHA-256', 'iterations=4096', 'scram credential'],
        ['alice', 'reports', 'request_percentage', '50', 'quota'],
      ],
    ])
    expect((await kafka('configs alter client x --unset producer_byte_rate')).err).toBe(
      'Invalid config(s): producer_byte_rate',
    )
    expect((await kafka('configs alter ip 10.0.0.1 --client x --set connection_creation_rate=1')).code).toBe(2)
  })

  it('describe and alter properties', async () => {
    await kafka('topics create audit --partitions 1')
    expect((await kafka('configs alter topic audit --set cleanup.policy=compact,delete')).out).toBe(
      'Altered topic audit.',
    )
    const { entities } = JSON.parse((await kafka('configs describe topic audit --json')).out)
    expect(entities).toMatchObject([
      { type: 'topic', name: 'audit', configs: [{ name: 'cleanup.policy', value: 'compact,delete' }] },
    ])
    expect((await kafka('configs describe topic nobody')).err).toBe('There is no topic nobody.')
    expect((await kafka('configs alter topic audit')).code).toBe(2)
  })

  it('show the cluster', async () => {
    const { clusterId } = JSON.parse((await kafka('cluster id --json')).out)
    expect((await kafka('cluster id')).out).toBe(clusterId)
    expect((await kafka('cluster list-endpoints')).out).toMatch(
      /^ID +HOST +PORT +RACK +STATE\n1 +127\.0\.0\.1 +\d+ +- +unfenced$/,
    )
    expect((await kafka('broker-api-versions')).out).toMatch(/\n1 +18 +ApiVersions +0 +4\n/)
    expect(JSON.parse((await kafka('metadata-quorum describe --json')).out)).toMatchObject({
      clusterId,
      leaderId: 1,
      members: [{ replicaId: 1, status: 'Leader', lag: 0 }],
    })
    const { logDirs } = JSON.parse((await kafka('log-dirs describe orders --json')).out)
    expect(logDirs).toMatchObject([{ broker: 1, replicas: [{ topic: 'orders', partition: 0 }] }])
    expect(JSON.parse((await kafka('groups list --json')).out)).toEqual({ groups: [] })
  })
})
