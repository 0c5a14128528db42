import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Admin } from '../../src/index.ts'
import { randomUuid } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type RunningServer, startServer } from '../../src/server/index.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode, startNode } from '../support/killable-node.ts'

/** Controllers of ours on real ports, of which one begins alone and others come and go (KIP-853). */
const work = mkdtempSync(join(tmpdir(), 'changing-voters-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const ids = [101, 102, 103]
let ports: Map<number, number>
let cluster: string
let round = 0
const running = new Map<number, RunningServer>()
let admin: Admin

const dirOf = (id: number): string => join(work, `${round}-${id}`)
const address = (id: number) => `127.0.0.1:${ports.get(id)}`
const directoryOf = (id: number): string =>
  /^directory.id=(.*)$/m.exec(readFileSync(join(dirOf(id), 'meta.properties'), 'utf8'))?.[1] ?? ''
const key = (id: number) => ({ id, directoryId: directoryOf(id) })
const endpoints = (id: number) => [{ name: 'CONTROLLER', host: '127.0.0.1', port: ports.get(id) as number }]

/** The first voter is written down; the others are told where to ask. */
function format(id: number, isFirst: boolean): void {
  const directoryId = randomUuid(nodeRuntime.random)
  const [endpoint] = endpoints(id)
  const quorum = endpoint && { directoryId, voters: [{ id, directoryId, endpoint }] }
  formatDirectory(nodeRuntime, dirOf(id), { clusterId: cluster, nodeId: id }, isFirst ? quorum : undefined)
}

async function start(id: number, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const server = await startServer({
    runtime: nodeRuntime,
    properties: {
      ...{ 'process.roles': 'controller', 'node.id': `${id}`, 'log.dirs': dirOf(id) },
      ...{ listeners: `CONTROLLER://${address(id)}`, 'controller.listener.names': 'CONTROLLER' },
      ...{ 'controller.quorum.bootstrap.servers': ids.map(address).join(','), ...more },
      'controller.quorum.fetch.timeout.ms': '400',
      'controller.quorum.election.timeout.ms': '200',
    },
  })
  running.set(id, server)
}

async function stop(id: number): Promise<void> {
  await running.get(id)?.close()
  running.delete(id)
}

type Quorum = Awaited<ReturnType<Admin['describeMetadataQuorum']>>
/** What the quorum is like once it is so. */
async function until(admin: Admin, what: (quorum: Quorum) => boolean): Promise<Quorum> {
  for (;;) {
    const quorum = await admin.describeMetadataQuorum()
    if (what(quorum)) return quorum
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const names = (replicas: readonly { replicaId: number }[]) => replicas.map(({ replicaId }) => replicaId).sort()
/** They are, and the leader has committed all that it has: until then it changes no voters. */
const isVoters = (...voters: number[]) =>
  until(admin, (quorum) => {
    const own = quorum.voters.find(({ replicaId }) => replicaId === quorum.leaderId)
    return `${names(quorum.voters)}` === `${voters}` && own !== undefined && own.logEndOffset <= quorum.highWatermark
  })
const caughtUp = (id: number) =>
  until(admin, ({ observers }) => observers.some((one) => one.replicaId === id && (one.lastCaughtUpTimestamp ?? 0) > 0))

describe('voters of a quorum that runs', () => {
  beforeEach(async () => {
    round++
    cluster = randomUuid(nodeRuntime.random)
    ports = new Map()
    for (const id of ids) ports.set(id, await freePort())
    for (const id of ids) format(id, id === 101)
    await start(101)
    admin = new Admin({ 'bootstrap.controllers': ids.map(address).join(','), 'default.api.timeout.ms': 15_000 })
    await isVoters(101)
  })
  afterEach(async () => {
    await admin.close()
    for (const id of [...running.keys()]) await stop(id)
  })

  it('come one after the other, and go, the leader among them', async () => {
    await start(102)
    await caughtUp(102)
    await admin.addRaftVoter(key(102), endpoints(102))
    await expect(admin.addRaftVoter(key(102), endpoints(102))).rejects.toThrow(
      `The voter id for ReplicaKey(id=102, directoryId=${directoryOf(102)}) is already part of the set of voters [ReplicaKey(id=101, directoryId=${directoryOf(101)}), ReplicaKey(id=102, directoryId=${directoryOf(102)})].`,
    )
    await start(103)
    await caughtUp(103)
    await admin.addRaftVoter(key(103), endpoints(103))
    const before = await isVoters(101, 102, 103)
    expect(before).toMatchObject({ leaderId: 101, observers: [] })
    await admin.removeRaftVoter(key(101))
    const after = await isVoters(102, 103)
    expect([102, 103]).toContain(after.leaderId)
    // It goes on, and may come back.
    await caughtUp(101)
    await admin.addRaftVoter(key(101), endpoints(101))
    await isVoters(101, 102, 103)
  }, 30_000)

  it('are those of the log after a restart, whoever is away meanwhile', async () => {
    await start(102)
    await caughtUp(102)
    await admin.addRaftVoter(key(102), endpoints(102))
    await isVoters(101, 102)
    await stop(102)
    await stop(101)
    await Promise.all([start(101), start(102)])
    await isVoters(101, 102)
    await admin.removeRaftVoter(key(102))
    await stop(102)
    // What is left is a majority of itself.
    await isVoters(101)
    await start(102)
    await caughtUp(102)
  }, 30_000)

  it('are not those that cannot be, and at least one', async () => {
    const stranger = { id: 7, directoryId: directoryOf(102) }
    const own = `[ReplicaKey(id=101, directoryId=${directoryOf(101)})]`
    await expect(admin.removeRaftVoter(stranger)).rejects.toThrow(
      `Cannot remove voter ReplicaKey(id=7, directoryId=${stranger.directoryId}) from the set of voters ${own}`,
    )
    await expect(admin.removeRaftVoter(key(101))).rejects.toThrow(/^Cannot remove voter/)
    await expect(admin.addRaftVoter(key(102), [{ name: 'OTHER', host: 'h', port: 9 }])).rejects.toThrow(
      "Add voter request didn't include the endpoint (Endpoints(endpoints={ListenerName(OTHER)=h/<unresolved>:9})) for the default listener ListenerName(CONTROLLER)",
    )
    await expect(admin.addRaftVoter(key(102), endpoints(102))).rejects.toThrow(
      'Aborted add voter operation for since API_VERSIONS returned an error BROKER_NOT_AVAILABLE',
    )
    // It answers, and has not read the log.
    await expect(admin.addRaftVoter(key(102), endpoints(101))).rejects.toThrow(
      `Aborted add voter operation for ReplicaKey(id=102, directoryId=${directoryOf(102)}) since it is lagging behind`,
    )
    await isVoters(101)
  })

  it('join by themselves where they may, and instead of who had their id', async () => {
    const join = { 'controller.quorum.auto.join.enable': 'true' }
    await start(102, join)
    await isVoters(101, 102)
    await start(103, join)
    await isVoters(101, 102, 103)
    const former = directoryOf(103)
    await stop(103)
    rmSync(dirOf(103), { recursive: true })
    format(103, false)
    expect(directoryOf(103)).not.toBe(former)
    await start(103, join)
    await until(admin, ({ voters }) => voters.some(({ directoryId }) => directoryId === directoryOf(103)))
    await isVoters(101, 102, 103)
  }, 30_000)

  it('say where they are by now', async () => {
    await start(102)
    await caughtUp(102)
    await admin.addRaftVoter(key(102), endpoints(102))
    await isVoters(101, 102)
    await stop(102)
    ports.set(102, await freePort())
    await start(102)
    await until(admin, ({ nodes }) =>
      nodes.some(({ nodeId, listeners }) => nodeId === 102 && listeners[0]?.port === ports.get(102)),
    )
  }, 30_000)
})

it('may be one that is a broker as well, which comes back at once when it was killed', async () => {
  const dir = join(work, 'both')
  const directoryId = randomUuid(nodeRuntime.random)
  cluster = randomUuid(nodeRuntime.random)
  round++
  ports = new Map([[102, await freePort()]])
  const [port, endpoint] = [await freePort(), { name: 'CONTROLLER', host: '127.0.0.1', port: await freePort() }]
  const quorum = { directoryId, voters: [{ id: 1, directoryId, endpoint }] }
  formatDirectory(nodeRuntime, join(dir, 'logs'), { clusterId: cluster, nodeId: 1 }, quorum)
  const start = () =>
    startNode(dir, port, [
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${endpoint.port}`,
      `controller.quorum.bootstrap.servers=127.0.0.1:${endpoint.port}`,
      ...['node.id=1', 'process.roles=broker,controller', 'controller.listener.names=CONTROLLER'],
      // A broker that is taken for alive has to end its session first.
      'broker.session.timeout.ms=60000',
    ])
  await killNode(await start())
  const both = await start()
  // What a client asks of a broker is handed on to the controller.
  format(102, false)
  const second = await startServer({
    runtime: nodeRuntime,
    properties: {
      ...{ 'process.roles': 'controller', 'node.id': '102', 'log.dirs': dirOf(102) },
      ...{ listeners: `CONTROLLER://${address(102)}`, 'controller.listener.names': 'CONTROLLER' },
      'controller.quorum.bootstrap.servers': `127.0.0.1:${endpoint.port}`,
    },
  })
  const admin = new Admin({ 'bootstrap.servers': `127.0.0.1:${port}`, 'default.api.timeout.ms': 15_000 })
  await until(admin, ({ observers }) => observers.some((one) => (one.lastCaughtUpTimestamp ?? 0) > 0))
  await admin.addRaftVoter(key(102), endpoints(102))
  await until(admin, ({ voters }) => `${names(voters)}` === '1,102')
  await admin.removeRaftVoter(key(102))
  await until(admin, ({ voters }) => `${names(voters)}` === '1')
  await admin.close()
  await second.close()
  await killNode(both)
}, 20_000)
