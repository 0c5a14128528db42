import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker.ts'
import { brokerProperties } from '../../src/config/broker-table.ts'
import { brokerRemarks, idleInBrokers, toldToJava } from '../../src/config/broker-without-effect.ts'
import { storeProperties } from '../../src/config/client-security.ts'
import { brokerNameOf, groupProperties } from '../../src/config/group.ts'
import { topicProperties } from '../../src/config/topic.ts'
import { idleInTopics } from '../../src/config/topic-without-effect.ts'

const src = fileURLToPath(new URL('../../src', import.meta.url))
/** Where a node's properties are read. */
const readers = [
  'config/broker.ts',
  'config/config-providers.ts',
  'config/inter-broker.ts',
  'config/listener-logins.ts',
  'config/token-rules.ts',
  'config/topic.ts',
  'config/zookeeper-era.ts',
  'network/listener-tls.ts',
  ...readdirSync(join(src, 'server'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('server', name)),
]
/** Only names; what can be changed at run time need not be read. */
const dynamicNames = /const dynamicExtras[^=]*= \[.*?\]/s
const text = readers.map((name) => readFileSync(join(src, name), 'utf8').replace(dynamicNames, '')).join('\n')

/** What is done with the properties, without the tables that name them. */
const served = readers
  .filter((name) => name.startsWith('server'))
  .map((name) => readFileSync(join(src, name), 'utf8'))
  .join('\n')

/** Names that no source has whole. */
const composed = new Set<string>([
  ...Object.keys(groupProperties).map(brokerNameOf),
  ...storeProperties,
  // For its own connections a node reads them by the table of clients (`nodeSecurity`).
  'sasl.jaas.config',
  'ssl.endpoint.identification.algorithm',
  ...Object.keys(brokerProperties).filter((name) => /^group\.(consumer|share|streams)\.(min|max)\./.test(name)),
])
const withoutEffect = new Set<string>([...toldToJava, ...Object.values(idleInBrokers).flat()])
const isRead = (name: string) => composed.has(name) || text.includes(`'${name}'`)

describe('the properties that do nothing', () => {
  it('are all that nobody reads', () => {
    const unread = Object.keys(brokerProperties).filter((name) => !isRead(name))
    expect(unread.filter((name) => !withoutEffect.has(name))).toEqual([])
  })

  it('are read by nobody', () => {
    // Of these a topic takes its own from the broker, and then nothing is done with that.
    const passedOn = ['log.local.retention.bytes', 'log.local.retention.ms']
    expect([...withoutEffect].filter(isRead).sort()).toEqual(passedOn)
  })

  it('are told of when they were changed, with the reason', () => {
    const told = brokerRemarks(
      new BrokerConfig({
        'num.network.threads': '3',
        'num.io.threads': '16',
        'queued.max.requests': '100',
        'ssl.allow.dn.changes': 'true',
        'inter.broker.listener.name': 'PLAINTEXT',
        'num.replica.fetchers': '4',
        'ssl.keystore.type': 'PKCS12',
        'log.retention.ms': '1000',
      }),
    )
    expect(told).toEqual([
      'Without effect: num.io.threads, num.replica.fetchers, queued.max.requests (one event loop does what threads, queues and buffers of these sizes do elsewhere).',
      'Without effect: ssl.allow.dn.changes (a new certificate may be for any name).',
    ])
  })
})

describe('the properties of topics that do nothing', () => {
  const named = new Set<string>(Object.values(idleInTopics).flat())

  it('are all that nobody reads', () => {
    const levels = ['gzip', 'lz4', 'zstd'].map((codec) => `compression.${codec}.level`)
    const unread = Object.keys(topicProperties).filter(
      (name) => !served.includes(`'${name}'`) && !levels.includes(name),
    )
    expect(unread.filter((name) => !named.has(name))).toEqual([])
    expect(
      Object.values(idleInTopics)
        .flat()
        .filter((name) => !unread.includes(name)),
    ).toEqual([])
  })
})
