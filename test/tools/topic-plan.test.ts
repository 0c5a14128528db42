import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeLine, changeRow } from '../../src/cli/native/topic-changes.ts'
import { Admin } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { applyChanges, planTopics, specLike } from '../../src/tools/topics/plan.ts'
import { parseTopicSpecs } from '../../src/tools/topics/spec.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

describe('a file of topics', () => {
  it('is YAML or JSON, with numbers of any size', async () => {
    const yaml = `
topics:
  - name: orders
    partitions: 6
    replicationFactor: 1
    configs:
      retention.ms: 9223372036854775807
      cleanup.policy: [compact, delete]
      preallocate: false
      min.cleanable.dirty.ratio: 0.25
      segment.ms: null
  - name: audit
`
    const orders = {
      name: 'orders',
      partitions: 6,
      replicationFactor: 1,
      configs: {
        'retention.ms': '9223372036854775807',
        'cleanup.policy': 'compact,delete',
        preallocate: 'false',
        'min.cleanable.dirty.ratio': '0.25',
        'segment.ms': null,
      },
    }
    const audit = { name: 'audit', partitions: undefined, replicationFactor: undefined, configs: {} }
    expect(await parseTopicSpecs(yaml)).toEqual([orders, audit])
    expect(await parseTopicSpecs('{"topics": [{"name": "audit"}]}')).toEqual([audit])
  })

  it.each([
    ['a: [', 'no YAML or JSON'],
    ['', 'The file has no fields'],
    ['topics: 3', 'no list'],
    ['topics: [{ nam: x }]', 'unknown field nam'],
    ['topics: [{ partitions: 3 }]', 'Topic 1 has no name'],
    ['topics: [{ name: x, partitions: 0 }]', 'partitions of x is no number above 0'],
    ['topics: [{ name: x, partitions: 1.5 }]', 'partitions of x is no number above 0'],
    ['topics: [{ name: x }, { name: x }]', 'x is there twice'],
    ['topics: [{ name: x, configs: { nope: 1 } }]', 'Unknown topic config name: nope'],
    ['topics: [{ name: x, configs: { retention.ms: { a: 1 } } }]', 'retention.ms of x is no value'],
    ['topics: [{ name: x, configs: { retention.ms: soon } }]', 'retention.ms'],
  ])('is refused: %s', (text, complaint) => expect(parseTopicSpecs(text)).rejects.toThrow(complaint))
})

describe('a plan for topics', () => {
  let server: TestServer
  let admin: Admin
  beforeAll(async () => {
    server = await startTestServer()
    admin = new Admin({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
    await admin.createTopics([
      { name: 'orders', partitions: 1, configs: { 'retention.ms': '1000', 'segment.ms': '5000' } },
      { name: 'old', partitions: 1 },
    ])
  })
  afterAll(async () => {
    await admin.close()
    await server.close()
  })

  const file = `topics:
- { name: orders, partitions: 2, configs: { retention.ms: 2000, segment.ms: null, segment.bytes: 1048576 } }
- { name: new, partitions: 3, configs: { cleanup.policy: compact } }
`
  const plan = async (text = file, prune = false) => planTopics(admin, await parseTopicSpecs(text), prune)

  it('is the difference', async () => {
    expect((await plan()).map(changeLine)).toEqual([
      '~ orders  partitions 1 -> 2',
      '~ orders  retention.ms 1000 -> 2000',
      '~ orders  segment.ms 5000 -> (default)',
      '~ orders  segment.bytes (default) -> 1048576',
      '+ new  partitions 3  cleanup.policy=compact',
    ])
    expect((await plan(file, true)).map(changeRow).at(-1)).toEqual({
      topic: 'old',
      change: 'delete',
      property: null,
      from: null,
      to: null,
    })
  })

  it('changes nothing while the broker only looks at it', async () => {
    await applyChanges(admin, await plan(file, true), true)
    expect(await plan(file, true)).toHaveLength(6)
  })

  it('leaves nothing to do when it was carried out', async () => {
    await applyChanges(admin, await plan(), false)
    // Apache's broker may answer before it shows what was changed.
    await expect.poll(() => plan()).toEqual([])
    await applyChanges(admin, await plan(file, true), false)
    const names = async () => (await admin.listTopics()).map(({ name }) => name).sort()
    await expect.poll(names).toEqual(['new', 'orders'])
  })

  it('is refused where no step leads to', async () => {
    await expect(plan('topics: [{ name: orders, partitions: 1 }]')).rejects.toThrow('none can be taken away')
    await expect(plan('topics: [{ name: orders, replicationFactor: 3 }]')).rejects.toThrow('1 replicas a partition')
  })

  it('may be to have a topic like another', async () => {
    const spec = await specLike(admin, 'orders', 'copy')
    expect(spec).toEqual({
      name: 'copy',
      partitions: 2,
      replicationFactor: 1,
      configs: { 'retention.ms': '2000', 'segment.bytes': '1048576' },
    })
    await expect(specLike(admin, 'nowhere', 'copy')).rejects.toThrow('There is no topic nowhere.')
  })
})
