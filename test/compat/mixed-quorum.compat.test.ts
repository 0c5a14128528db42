import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, Producer } from '../../src/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type ApacheBroker, apacheMissing, startApacheNode } from '../support/apache.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode, startNode } from '../support/killable-node.ts'
import { logBytes, placesOf } from '../support/replica-logs.ts'

/** Three nodes, each broker and controller: two of Apache's and one of ours (3), of which now one leads the quorum and now another. */
const missing = apacheMissing()
if (missing) console.warn(`no quorum of Apache's nodes and ours: ${missing}`)

const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qk'
const OURS = 3
const IDS = [1, 2, OURS] as const
const PER_ROUND = 2000

const dir = mkdtempSync(join(tmpdir(), 'mixed-quorum-'))
const clients = new Map<number, number>()
const controllers = new Map<number, number>()
const apache = new Map<number, ApacheBroker>()
let ours: ChildProcess | undefined

function propertiesOf(id: number): Record<string, string> {
  const voters = IDS.map((one) => `${one}@127.0.0.1:${controllers.get(one)}`)
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${clients.get(id)},CONTROLLER://127.0.0.1:${controllers.get(id)}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${clients.get(id)}`,
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '300',
    'min.insync.replicas': '2',
    // Whoever has heard of a leader gives nobody else its pre-vote (KIP-996): ours, the last that misses one of Apache's, takes its place.
    'controller.quorum.fetch.timeout.ms': id === OURS ? '4000' : '2000',
  }
}

async function start(id: number): Promise<void> {
  const [folder, port] = [join(dir, `n${id}`), clients.get(id) as number]
  const properties = propertiesOf(id)
  if (id !== OURS) apache.set(id, await startApacheNode(folder, port, properties, ['-t', CLUSTER]))
  else
    ours = await startNode(
      folder,
      port,
      Object.entries(properties).map(([name, value]) => `${name}=${value}`),
    )
}

async function kill(id: number): Promise<void> {
  if (id !== OURS) return apache.get(id)?.stop('SIGKILL')
  if (ours) await killNode(ours)
  ours = undefined
}

const bootstrap = () => ({ 'bootstrap.servers': IDS.map((id) => `127.0.0.1:${clients.get(id)}`).join(',') })

beforeAll(async () => {
  if (missing) return
  for (const id of IDS) {
    clients.set(id, await freePort())
    controllers.set(id, await freePort())
  }
  formatDirectory(nodeRuntime, join(dir, `n${OURS}`, 'logs'), { clusterId: CLUSTER, nodeId: OURS })
  await Promise.all(IDS.map(start))
}, 60_000)

afterAll(async () => {
  for (const node of apache.values()) await node.stop('SIGKILL')
  await kill(OURS)
  rmSync(dir, { recursive: true, force: true })
})

describe.skipIf(missing)('a quorum of nodes of Apache and ours', () => {
  it('loses nothing while whoever leads it is killed, until each kind has led', async () => {
    const admin = new Admin({ ...bootstrap(), 'default.api.timeout.ms': 60_000 })
    await settled(admin, undefined)
    await admin.createTopics([{ name: 't', partitions: 3, replicationFactor: 3 }])
    const producer = new Producer({ ...bootstrap(), 'linger.ms': 1, 'delivery.timeout.ms': 120_000 })
    const places = new Map<string, string>()
    const led = new Set<string>()
    for (let round = 0; round < 2 || (led.size < 2 && round < 6); round++) {
      const { leaderId } = await admin.describeMetadataQuorum()
      led.add(leaderId === OURS ? 'ours' : "Apache's")
      const sent = Array.from({ length: PER_ROUND }, async (_, n) => {
        const value = `${round}-${n}`
        const { partition, offset } = await producer.send({ topic: 't', value })
        places.set(value, `${partition}@${offset}`)
      })
      await kill(leaderId)
      await Promise.all(sent)
      // Another one has taken over, and the one that was killed is out of all ISRs.
      await expect
        .poll(async () => (await admin.describeMetadataQuorum()).leaderId, { timeout: 20_000 })
        .not.toBe(leaderId)
      await start(leaderId)
      await settled(admin, 't')
    }
    expect([...led]).toHaveLength(2)
    await producer.close()
    await admin.close()
    const found = await placesOf(bootstrap(), 't', 3)
    expect(found.size).toBe(places.size)
    for (const [value, place] of places) if (!place.endsWith('@-1')) expect(found.get(value)).toBe(place)
    for (const partition of [0, 1, 2]) {
      const [first, ...others] = IDS.map((id) => logBytes(join(dir, `n${id}`, 'logs', `t-${partition}`)))
      for (const other of others) expect(other.equals(first as Buffer)).toBe(true)
    }
  }, 120_000)
})

/** Resolves when all nodes serve, and all replicas of a topic are in sync. */
async function settled(admin: Admin, topic: string | undefined): Promise<void> {
  await expect
    .poll(
      async () => {
        const { nodes } = await admin.describeCluster()
        const described = topic === undefined ? undefined : (await admin.describeTopics([topic])).get(topic)
        const partitions = described && !(described instanceof Error) ? described.partitions : []
        return [nodes.length, ...partitions.map(({ isr }) => isr.length)]
      },
      { timeout: 40_000 },
    )
    .toEqual(topic === undefined ? [3] : [3, 3, 3, 3])
}
