import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker.ts'
import { listenerLogins } from '../../src/config/listener-logins.ts'

const at = (properties: Record<string, string>, listener = 'INSIDE') =>
  listenerLogins(
    new BrokerConfig({
      listeners: 'PLAINTEXT://:1,INSIDE://:2',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,INSIDE:SASL_PLAINTEXT',
      ...properties,
    }),
    listener,
  )
const PLAIN = 'listener.name.inside.plain.sasl.jaas.config'
const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required'

describe('logins at a listener', () => {
  it('are none without SASL', () => {
    expect(at({}, 'PLAINTEXT')).toBeUndefined()
  })

  it('have what the properties say, those of the listener and the mechanism first', () => {
    const logins = at({
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.inside.sasl.enabled.mechanisms': 'PLAIN, SCRAM-SHA-512',
      [PLAIN]: `${module} username="admin" password="x" user_alice="a=1" user_bob='b';`,
      'connections.max.reauth.ms': '1000',
      'listener.name.inside.plain.connections.max.reauth.ms': '2000',
    })
    expect(logins).toEqual({
      mechanisms: ['PLAIN', 'SCRAM-SHA-512'],
      users: new Map([
        ['alice', 'a=1'],
        ['bob', 'b'],
      ]),
      tokens: undefined,
      maxReauthMs: { PLAIN: 2000, 'SCRAM-SHA-256': 1000, 'SCRAM-SHA-512': 1000, OAUTHBEARER: 1000 },
      maxReceiveBytes: 524_288,
      failureDelayMs: 100,
    })
  })

  it.each([
    [
      {},
      /^Listener INSIDE: sasl\.enabled\.mechanisms has GSSAPI, and this broker knows PLAIN, SCRAM-SHA-256, SCRAM-SHA-512/,
    ],
    [{ 'sasl.enabled.mechanisms': '' }, /names none/],
    [{ 'sasl.enabled.mechanisms': 'PLAIN' }, /set listener\.name\.inside\.plain\.sasl\.jaas\.config, such as: /],
    [
      { 'sasl.enabled.mechanisms': 'PLAIN', [PLAIN]: 'a.ScramLoginModule required;' },
      /^Listener INSIDE: PLAIN goes with PlainLoginModule, and plain\.sasl\.jaas\.config names a\.ScramLoginModule/,
    ],
    [
      { 'sasl.enabled.mechanisms': 'PLAIN', [PLAIN]: `${module} user_a="secret"` },
      /^Listener INSIDE: plain\.sasl\.jaas\.config cannot be read: there is no semicolon at its end(?!.*secret)/,
    ],
  ])('%o', (properties, sentence) => {
    expect(() => at(properties as unknown as Record<string, string>)).toThrow(sentence)
  })
})
