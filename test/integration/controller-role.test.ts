import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type RunningServer, startServer } from '../../src/server/index.ts'
import { freePort } from '../support/free-ports.ts'

const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qg'
const work = mkdtempSync(join(tmpdir(), 'controller-role-'))
let port: number
let brokerPort: number
let controller: RunningServer
let broker: RunningServer

const start = (role: 'controller' | 'broker'): Promise<RunningServer> =>
  startServer({
    runtime: nodeRuntime,
    properties: {
      'process.roles': role,
      'node.id': role === 'controller' ? '100' : '1',
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.bootstrap.servers': `127.0.0.1:${port}`,
      listeners: role === 'controller' ? `CONTROLLER://127.0.0.1:${port}` : `PLAINTEXT://127.0.0.1:${brokerPort}`,
      'log.dirs': join(work, role),
      'broker.session.timeout.ms': '1500',
      'broker.heartbeat.interval.ms': '200',
    },
  })

beforeAll(async () => {
  port = await freePort()
  brokerPort = await freePort()
  formatDirectory(nodeRuntime, join(work, 'controller'), { clusterId: CLUSTER, nodeId: 100 })
  formatDirectory(nodeRuntime, join(work, 'broker'), { clusterId: CLUSTER, nodeId: 1 })
  controller = await start('controller')
  broker = await start('broker')
})
afterAll(async () => {
  await broker?.close()
  await controller?.close()
  rmSync(work, { recursive: true, force: true })
})

const make = async (name: string) => {
  const admin = new Admin({ 'bootstrap.servers': `127.0.0.1:${brokerPort}` }, nodeRuntime)
  const made = await admin.createTopics([{ name, partitions: 1, replicationFactor: 1 }])
  await admin.close()
  return made
}

describe('a controller without a broker', () => {
  it('keeps the metadata of a cluster of brokers', async () => {
    expect((await make('t')).get('t')).not.toBeInstanceOf(Error)
    const producer = new Producer({ 'bootstrap.servers': `127.0.0.1:${brokerPort}` }, nodeRuntime)
    expect(await producer.send({ topic: 't', value: 'a' })).toMatchObject({ partition: 0, offset: 0 })
    await producer.close()
  })

  it('is no broker, and tells administrators where it is', async () => {
    const admin = new Admin({ 'bootstrap.controllers': `127.0.0.1:${port}` }, nodeRuntime)
    const { nodes } = await admin.describeCluster()
    await admin.close()
    expect(nodes).toEqual([expect.objectContaining({ id: 100, port })])
  })

  it('goes on where it was, and so do its brokers', async () => {
    await controller.close()
    controller = await start('controller')
    expect((await make('u')).get('u')).not.toBeInstanceOf(Error)
    expect(String((await make('t')).get('t'))).toContain('already exists')
  })
})
