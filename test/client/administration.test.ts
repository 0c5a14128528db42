import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin } from '../../src/client/index.ts'
import { KafkaError } from '../../src/protocol/errors.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let admin: Admin
beforeAll(async () => {
  server = await startTestServer()
  admin = new Admin({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
})
afterAll(async () => {
  await admin.close()
  await server.close()
})

describe('an administrator', () => {
  it('sets quotas, and finds them after a restart', async () => {
    const entity = [{ type: 'user', name: 'alice' }] as const
    await admin.alterClientQuotas({ entity, values: [{ key: 'producer_byte_rate', value: 1024 }] })
    server = await server.restart()
    const expected = [{ entity, values: [{ key: 'producer_byte_rate', value: 1024 }] }]
    expect(await admin.describeClientQuotas([{ type: 'user', name: 'alice' }], true)).toEqual(expected)
    expect(await admin.describeClientQuotas([{ type: 'user', name: null }])).toEqual([])
    const wrong = { entity, values: [{ key: 'nope', value: 1 }] }
    await expect(admin.alterClientQuotas(wrong)).rejects.toThrow('Invalid configuration key nope')
  })

  it('gives users credentials, and takes them back', async () => {
    const password = { salt: Buffer.from('salt'), salted: Buffer.alloc(32, 1), iterations: 4096 }
    const changed = await admin.alterScramCredentials([
      { user: 'alice', mechanism: 'SCRAM-SHA-512', password },
      { user: 'bob', mechanism: 'SCRAM-SHA-256', password: undefined },
    ])
    expect(changed.get('alice')).toBeUndefined()
    expect(changed.get('bob')).toBeInstanceOf(KafkaError)
    expect(await admin.describeScramCredentials()).toEqual(
      new Map([['alice', [{ mechanism: 'SCRAM-SHA-512', iterations: 4096 }]]]),
    )
  })
})
