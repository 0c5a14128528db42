import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { adminTable, consumerConfig, consumerTable, producerConfig, producerTable } from '../../src/config/client.ts'
import { idleInClients } from '../../src/config/client-without-effect.ts'

const src = fileURLToPath(new URL('../../src', import.meta.url))
const textOf = (...folders: string[]) =>
  folders
    .flatMap((folder) =>
      readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(src, folder, name), 'utf8')),
    )
    .join('\n')
const ofSecurity = ['bearer.ts', 'client-security.ts', 'jaas.ts'].map((name) =>
  readFileSync(join(src, 'config', name), 'utf8'),
)
const text = [textOf('client', 'network', 'tools', 'cli'), ...ofSecurity].join('\n')
const names = Object.keys({ ...producerTable, ...consumerTable, ...adminTable })
const idle: string[] = Object.values(idleInClients).flat()
const servers = { 'bootstrap.servers': 'localhost:9092' }

describe('the properties of clients that do nothing', () => {
  it('are all that nobody reads', () => {
    // By their beginnings, for keys and values alike.
    const composed = ['value.serializer', 'value.deserializer']
    const unread = names.filter((name) => !text.includes(`'${name}'`) && !composed.includes(name))
    expect(unread.filter((name) => !idle.includes(name))).toEqual([])
  })

  it('are properties of clients', () => {
    expect(idle.filter((name) => !names.includes(name))).toEqual([])
  })

  it('are told of when they were changed, and slips are', () => {
    const { remarks } = producerConfig({
      ...servers,
      'interceptor.classes': 'io.example.Monitor',
      'metrics.num.samples': 2,
      'client.dns.lookup': 'resolve_canonical_bootstrap_servers_only',
      'lingr.ms': 5,
      'auto.offset.reset': 'earliest',
      'schema.registry.url': 'http://localhost:8081',
    })
    expect(remarks).toEqual([
      'Kafka knows no property lingr.ms: did you mean linger.ms?',
      'Without effect: interceptor.classes (no classes of Java are loaded).',
      'Without effect: client.dns.lookup (this client does not do that so far).',
    ])
    expect(consumerConfig({ ...servers, 'group.id': 'g', 'max.poll.records': 7 }).remarks).toEqual([])
  })
})
