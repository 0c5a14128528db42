import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Admin, Producer } from '../../src/client/index.ts'
import { parseZooKeeperAddress } from '../../src/config/zookeeper-address.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { bootstrapServersAt } from '../../src/zookeeper/brokers.ts'
import { ZooKeeperClient } from '../../src/zookeeper/client.ts'
import { unknownProperties, zooKeeperConfig } from '../../src/zookeeper/config.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { exchange, startTestZooKeeper } from '../support/zookeeper.ts'

const open: { close(): unknown }[] = []
const keep = <T extends { close(): unknown }>(thing: T): T => {
  open.push(thing)
  return thing
}
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

const word = async (port: number, text: string) => (await exchange(port, text)).toString()
const connect = async (address: string) =>
  keep(
    await ZooKeeperClient.connect(parseZooKeeperAddress(address, 'test'), nodeRuntime, {
      timeoutMs: 2000,
      sessionMs: 6000,
    }),
  )

describe('four-letter words', () => {
  it('are answered with figures of the moment', async () => {
    const { port, address } = keep(await startTestZooKeeper())
    expect(await word(port, 'ruok')).toBe('imok')
    expect(await word(port, 'ruok\n')).toBe('imok')
    expect(await word(port, 'abcd')).toBe('abcd is not executed because it is not in the whitelist.\n')
    expect(await word(port, 'srvr')).toMatch(/^Zookeeper version: .*\n[\s\S]*Mode: standalone\nNode count: 2\n$/)
    const client = await connect(address)
    await client.beBroker()
    await client.createFolder('/brokers/ids')
    await client.create('/brokers/ids/7', '{}')
    expect(await word(port, 'stat')).toMatch(
      /Clients:\n( \/127\.0\.0\.1:\d+\[[01]\]\(queued=0,recved=\d+,sent=\d+\)\n){2}\n/,
    )
    const monitor = await word(port, 'mntr')
    expect(monitor).toContain('zk_znode_count\t5\n')
    expect(monitor).toContain('zk_ephemerals_count\t1\n')
    expect(await word(port, 'dump')).toMatch(/Sessions with Ephemerals \(1\):\n0x[0-9a-f]+:\n\t\/brokers\/ids\/7\n$/)
    expect(await word(port, 'cons')).toContain('lop=CREATE')
    expect(await word(port, 'wchs')).toBe('0 connections watching 0 paths\nTotal watches:0\n')
    expect(await word(port, 'conf')).toContain('tickTime=3000\n')
    expect(await word(port, 'envi')).toBe('Environment:\nzookeeper.version=3.8.4-test\nhost.name=here\n')
  })

  it('are no way in for bytes that are neither a word nor a frame', async () => {
    const { port } = keep(await startTestZooKeeper())
    expect(await exchange(port, Buffer.from([0x7f, 0xff, 0xff, 0xff, 1, 1]))).toHaveLength(0)
    expect(await exchange(port, Buffer.from([0, 0, 0, 2, 1, 1]))).toHaveLength(0)
    // A path that claims two thousand million bytes.
    const session = Buffer.from(`0000002d${'00'.repeat(12)}00001770${'00'.repeat(8)}00000010${'00'.repeat(17)}`, 'hex')
    const lie = Buffer.from('0000000d00000001000000047fffffff00', 'hex')
    expect((await exchange(port, Buffer.concat([session, lie]))).length).toBe(41)
    expect(await word(port, 'ruok')).toBe('imok')
  })
})

describe('sessions', () => {
  it('take their entries with them, and only brokers write', async () => {
    const { address } = keep(await startTestZooKeeper())
    const [broker, reader] = [await connect(address), await connect(address)]
    await expect(reader.create('/mine', '')).rejects.toThrow('noAuth for /mine')
    await broker.beBroker()
    await broker.createFolder('/brokers/ids')
    await broker.create('/brokers/ids/1', '{"endpoints":["PLAINTEXT://there:9"]}')
    await expect(broker.create('/brokers/ids/1', '')).rejects.toThrow('nodeExists')
    expect(await reader.children('/brokers/ids')).toEqual(['1'])
    expect(await bootstrapServersAt(parseZooKeeperAddress(`127.0.0.1:1,${address}`, 'test'), nodeRuntime, 2000)).toBe(
      'there:9',
    )
    broker.close()
    await expect.poll(() => reader.children('/brokers/ids')).toEqual([])
    await expect(reader.data('/brokers/ids/1')).rejects.toThrow('noNode')
  })

  it('hear of the change that they watch for, once', async () => {
    const { server, address, port } = keep(await startTestZooKeeper())
    const broker = await connect(address)
    await broker.beBroker()
    const hello = `0000002d${'00'.repeat(12)}00001770${'00'.repeat(8)}00000010${'00'.repeat(17)}`
    const exists = `0000000f 00000001 00000003 00000002 2f61 01`.replaceAll(' ', '')
    const heard = exchange(port, Buffer.from(hello + exists, 'hex'))
    await expect.poll(() => server.watches.countOf()).toBe(1)
    expect(await word(port, 'wchs')).toBe('1 connections watching 1 paths\nTotal watches:1\n')
    await broker.createFolder('/a')
    await broker.createFolder('/b')
    await server.close()
    const bytes = (await heard).subarray(4 + 37 + 4 + 16).toString('hex')
    const event = `ffffffff ffffffffffffffff 00000000 00000001 00000003 00000002 2f61`.replaceAll(' ', '')
    expect(bytes).toBe(`0000001e${event}`)
  })
})

describe('a broker with zookeeper.connect', () => {
  it('registers, tells of its topics, and again after the ZooKeeper was away', async () => {
    const first = keep(await startTestZooKeeper())
    const era = { 'zookeeper.connect': `${first.address}/kafka/one`, 'broker.id': '5' }
    const node = keep(await startTestServer(era))
    const reader = await connect(`${first.address}/kafka/one`)
    const told = JSON.parse((await reader.data('/brokers/ids/5')).toString())
    expect(told).toMatchObject({ host: '127.0.0.1', port: node.port, version: 5 })
    expect(JSON.parse((await reader.data('/controller')).toString())).toMatchObject({ brokerid: 5 })
    expect(JSON.parse((await reader.data('/cluster/id')).toString()).id).toBe(node.server.clusterId)
    await first.close()
    const second = keep(await startTestZooKeeper({ clientPort: String(first.port) }))
    await expect.poll(() => second.server.tree.has('/kafka/one/brokers/ids/5'), { timeout: 5000 }).toBe(true)
  })

  it('does not start without it, nor beside a node with a cluster of its own, and leaves nothing behind', async () => {
    const { address } = keep(await startTestZooKeeper())
    keep(
      await startTestServer({ 'zookeeper.connect': address, 'broker.id': '1', 'process.roles': 'broker,controller' }),
    )
    await expect(startTestServer({ 'zookeeper.connect': address, 'broker.id': '2' })).rejects.toThrow(
      /^Broker 1 \(PLAINTEXT:\/\/127\.0\.0\.1:\d+\) is registered with the ZooKeeper at .*, and broker 2 cannot be in one cluster with it/,
    )
    const lonely = { 'zookeeper.connect': '127.0.0.1:1', 'zookeeper.connection.timeout.ms': '50' }
    await expect(startTestServer(lonely)).rejects.toThrow(
      'No ZooKeeper answers at 127.0.0.1:1 (ECONNREFUSED) within zookeeper.connection.timeout.ms=50: start it first with bin/zookeeper-server-start.sh config/zookeeper.properties.',
    )
  })

  it('does without it when process.roles says what it is', async () => {
    const node = keep(
      await startTestServer({ 'zookeeper.connect': '127.0.0.1:1', 'process.roles': 'broker,controller' }),
    )
    expect(node.port).toBeGreaterThan(0)
  })
})

describe('brokers with one zookeeper.connect', () => {
  const fast = { 'broker.session.timeout.ms': '1000', 'broker.heartbeat.interval.ms': '100' }
  const brokerAt = (address: string, id: number, place = {}) =>
    startTestServer({ 'zookeeper.connect': address, 'broker.id': String(id), ...fast }, place)

  it('are one cluster, which outlives its ZooKeeper', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'zookeeper-'))
    const first = keep(await startTestZooKeeper({ dataDir }))
    const brokers = await Promise.all([0, 1, 2].map((id) => brokerAt(first.address, id)))
    for (const broker of brokers) keep(broker)
    const [one] = brokers as [TestServer]
    expect(new Set(brokers.map(({ server }) => server.clusterId)).size).toBe(1)
    const reader = await connect(first.address)
    await expect.poll(async () => (await reader.children('/brokers/ids')).sort()).toEqual(['0', '1', '2'])
    expect(JSON.parse((await reader.data('/cluster/id')).toString()).id).toBe(one.server.clusterId)

    const admin = new Admin(
      { 'bootstrap.servers': await bootstrapServersAt(parseZooKeeperAddress(first.address, 'zk'), nodeRuntime, 5000) },
      nodeRuntime,
    )
    const made = await admin.createTopics([{ name: 'copied', partitions: 3, replicationFactor: 3 }])
    expect(made.get('copied')).not.toBeInstanceOf(Error)
    await expect.poll(() => first.server.tree.has('/brokers/topics/copied')).toBe(true)
    const producer = new Producer({ 'bootstrap.servers': one.bootstrap }, nodeRuntime)
    await producer.send({ topic: 'copied', value: Buffer.from('before') })

    await first.close()
    await producer.send({ topic: 'copied', value: Buffer.from('meanwhile') })
    const second = keep(await startTestZooKeeper({ dataDir, clientPort: String(first.port) }))
    const isBack = async () =>
      (await admin.createTopics([{ name: 'after', partitions: 1, replicationFactor: 3 }])).get('after')
    await expect.poll(isBack, { timeout: 10_000 }).not.toBeInstanceOf(Error)
    expect(second.server.tree.children('/brokers/topics').sort()).toEqual(['after', 'copied'])
    await producer.close()
    await admin.close()
    await Promise.all(brokers.map(({ server }) => server.close()))
    await second.close()
    rmSync(dataDir, { recursive: true })
  })

  it('need ids of their own, and directories of this cluster', async () => {
    const zooKeeper = keep(await startTestZooKeeper())
    const broker = keep(await brokerAt(zooKeeper.address, 4))
    await expect(brokerAt(zooKeeper.address, 4)).rejects.toThrow(
      /^A broker with id 4 .* is registered with the ZooKeeper at .* already/,
    )
    await expect(brokerAt(zooKeeper.address, 3000)).rejects.toThrow('is the id of the controller beside the ZooKeeper')
    await broker.server.close()
    const other = keep(await startTestZooKeeper())
    await expect(brokerAt(other.address, 4, { dir: broker.dir, port: broker.port })).rejects.toThrow(
      /^The Cluster ID .* doesn't match stored clusterId .* The broker is trying to join the wrong cluster/,
    )
  })

  it('that were alone with it before stay so', async () => {
    const zooKeeper = keep(await startTestZooKeeper())
    const alone = await startTestServer({ 'broker.id': '6' })
    await alone.server.close()
    const era = keep(await brokerAt(zooKeeper.address, 6, { dir: alone.dir, port: alone.port }))
    expect(era.server.clusterId).toBe(alone.server.clusterId)
    expect(JSON.parse(zooKeeper.server.tree.data('/controller').toString())).toMatchObject({ brokerid: 6 })
  })
})

describe('properties of the era', () => {
  it('say where the broker listens', async () => {
    const { address } = keep(await startTestZooKeeper())
    const { BrokerConfig } = await import('../../src/config/broker.ts')
    const config = new BrokerConfig({
      'broker.id': '0',
      port: '9192',
      'host.name': 'here',
      'advertised.host.name': 'outside',
      'zookeeper.connect': address,
      'log.message.timestamp.difference.max.ms': '1000',
    })
    expect(config.nodeId).toBe(0)
    expect(config.listeners).toEqual([{ name: 'PLAINTEXT', host: 'here', port: 9192 }])
    expect(config.advertised).toEqual([{ name: 'PLAINTEXT', host: 'outside', port: 9192 }])
    expect(config.get('offsets.topic.replication.factor')).toBe(1)
    expect(config.unknown).toEqual([])
    expect(() => new BrokerConfig({ port: 'x' })).toThrow('Invalid value x for configuration port')
    expect(() => new BrokerConfig({ 'zookeeper.connect': 'a:b' })).toThrow('Invalid address a:b of zookeeper.connect')
  })

  it('of the ZooKeeper are checked', () => {
    expect(() => zooKeeperConfig({})).toThrow('zookeeper.properties names no clientPort')
    expect(() => zooKeeperConfig({ clientPort: '2181', 'server.1': 'a', 'server.2': 'b' })).toThrow('names an ensemble')
    expect(unknownProperties({ clientPort: '1', 'admin.enableServer': 'false', clientPrt: '1' })).toEqual(['clientPrt'])
  })
})
