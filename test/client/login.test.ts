import { beforeEach, describe, expect, test } from 'vitest'
import { Admin } from '../../src/client/admin/admin.ts'
import { Producer } from '../../src/client/producer/producer.ts'
import * as apis from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import { FakeCluster } from '../support/fake-cluster.ts'

let cluster: FakeCluster
beforeEach(() => {
  cluster = new FakeCluster(1)
  cluster.topics.set('t', 1)
  cluster.broker.on(apis.SaslHandshake, () => ({ errorCode: 0, mechanisms: ['PLAIN'] }))
})

const alice = {
  'bootstrap.servers': 'broker:9092',
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanism': 'PLAIN',
  'sasl.jaas.config': 'x.PlainLoginModule required username="alice" password="secret";',
}
const names = () => cluster.broker.seen.map(({ name }) => name)
const answer = (lifetimeMs: number) => ({
  errorCode: 0,
  errorMessage: null,
  authBytes: Buffer.alloc(0),
  sessionLifetimeMs: lifetimeMs,
})
const refusal = {
  errorCode: Errors.SASL_AUTHENTICATION_FAILED,
  errorMessage: 'Authentication failed: Invalid username or password',
  authBytes: Buffer.alloc(0),
}

describe('a login', () => {
  test('comes after the versions and before everything else', async () => {
    const words: string[] = []
    cluster.broker.on(apis.SaslAuthenticate, ({ authBytes }) => {
      words.push(authBytes.toString())
      return answer(0)
    })
    const admin = new Admin(alice, cluster.runtime)
    await cluster.drive(admin.listTopics())
    expect(names()).toEqual(['ApiVersions', 'SaslHandshake', 'SaslAuthenticate', 'Metadata'])
    expect(words).toEqual(['\0alice\0secret'])
    await cluster.drive(admin.close())
  })

  test('is made again before its time is over, while nothing else is sent', async () => {
    const open: (() => void)[] = []
    cluster.broker.on(apis.SaslAuthenticate, () => {
      if (names().filter((name) => name === 'SaslAuthenticate').length === 1) return answer(10_000)
      return new Promise((resolve) => open.push(() => resolve(answer(10_000))))
    })
    const admin = new Admin(alice, cluster.runtime)
    await cluster.drive(admin.listTopics())
    await cluster.drive(cluster.clock.sleep(9600))
    expect(names().slice(4)).toEqual(['SaslHandshake', 'SaslAuthenticate'])
    const asked = admin.listTopics()
    await cluster.drive(cluster.clock.sleep(100))
    expect(names().at(-1)).toBe('SaslAuthenticate')
    open[0]?.()
    await cluster.drive(asked)
    expect(names().at(-1)).toBe('Metadata')
    expect(cluster.broker.sockets.size).toBe(1)
    await cluster.drive(admin.close())
  })

  test('that is refused is final, and nobody waits for the same answer again', async () => {
    cluster.broker.on(apis.SaslAuthenticate, () => refusal)
    const told: string[] = []
    const hooks = { warn: (sentence: string, failure: string) => void told.push(`${failure}: ${sentence}`) }
    const producer = new Producer(alice, cluster.runtime, hooks)
    const started = cluster.clock.monotonic()
    const failures = Array.from({ length: 50 }, () =>
      producer.send({ topic: 't', value: 'v' }).then(
        () => 'sent',
        (error: Error) => error.message,
      ),
    )
    expect(new Set(await cluster.drive(Promise.all(failures)))).toEqual(new Set([refusal.errorMessage]))
    expect(cluster.clock.monotonic() - started).toBeLessThan(1000)
    expect(new Set(told)).toEqual(new Set([`denied: ${refusal.errorMessage}`]))
  })

  test('at a broker that knows none says so', async () => {
    cluster.broker.on(apis.SaslHandshake, () => ({ errorCode: Errors.ILLEGAL_SASL_STATE, mechanisms: [] }))
    const admin = new Admin(alice, cluster.runtime)
    await expect(cluster.drive(admin.listTopics())).rejects.toThrow('broker:9092 takes no login (SASL): set security')
  })
})
