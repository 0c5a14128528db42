import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type RunningServer, startServer } from '../../src/server/index.ts'
import { freePort } from '../support/killable-node.ts'

describe('a broker that joins a combined node of ours', () => {
  const work = mkdtempSync(join(tmpdir(), 'broker-role-'))
  const lines: string[] = []
  let first: RunningServer
  let broker: RunningServer

  beforeAll(async () => {
    const [port, controllerPort, brokerPort] = [await freePort(), await freePort(), await freePort()]
    const common = {
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
      'group.initial.rebalance.delay.ms': '0',
    }
    first = await startServer({
      runtime: nodeRuntime,
      log: (line) => lines.push(`1 ${line}`),
      properties: {
        ...common,
        'process.roles': 'broker,controller',
        'node.id': '1',
        listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
        'log.dirs': join(work, 'first'),
      },
    })
    formatDirectory(nodeRuntime, join(work, 'second'), { clusterId: first.clusterId, nodeId: 2 })
    broker = await startServer({
      runtime: nodeRuntime,
      log: (line) => lines.push(`2 ${line}`),
      properties: {
        ...common,
        'process.roles': 'broker',
        'node.id': '2',
        listeners: `PLAINTEXT://127.0.0.1:${brokerPort}`,
        'log.dirs': join(work, 'second'),
      },
    })
  })
  afterAll(async () => {
    await broker?.close()
    await first?.close()
    rmSync(work, { recursive: true, force: true })
  })

  it('serves', async () => {
    expect(broker.listeners).toHaveLength(1)
  })
})
