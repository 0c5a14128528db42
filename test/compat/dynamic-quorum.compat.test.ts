import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as storage from '../../src/cli/classic/storage.ts'
import { Admin } from '../../src/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type ApacheBroker, apacheMissing, runTool, startApacheNode } from '../support/apache.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode, startNode } from '../support/killable-node.ts'
import { logBytes } from '../support/replica-logs.ts'
import { runClassic } from '../support/test-console.ts'

/** A quorum whose voters are in its log (KIP-853): two controllers of Apache's and one of ours, formatted alike, and a broker of ours. */
const missing = apacheMissing()
if (missing) console.warn(`the quorum of both kinds is skipped: ${missing}`)

const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qg'
const OURS = 103
const ids = [101, 102, OURS]
const work = mkdtempSync(join(tmpdir(), 'dynamic-quorum-'))
const ports = new Map<number, number>()
const apaches = new Map<number, ApacheBroker>()
let ours: ChildProcess | undefined
let broker: ChildProcess | undefined
let admin: Admin

const directoryOf = (id: number): string => Buffer.alloc(16, id).toString('base64url')
const at = (id: number): string => `127.0.0.1:${ports.get(id)}`
const voters = () => ids.map((id) => `${id}@${at(id)}:${directoryOf(id)}`).join(',')
const format = () => ['-t', CLUSTER, '--initial-controllers', voters()]
const logsOf = (id: number): string => join(work, `c${id}`, 'logs')

const properties = (id: number): Record<string, string> => ({
  'process.roles': 'controller',
  'node.id': String(id),
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.bootstrap.servers': ids.map(at).join(','),
  listeners: `CONTROLLER://${at(id)}`,
  // Whoever has heard of a leader gives nobody else its pre-vote (KIP-996): ours, the last that misses one of Apache's, takes its place.
  'controller.quorum.fetch.timeout.ms': id === OURS ? '2500' : '1500',
})

async function start(id: number): Promise<void> {
  const port = ports.get(id) as number
  const given = properties(id)
  if (id !== OURS) apaches.set(id, await startApacheNode(join(work, `c${id}`), port, given, format()))
  else
    ours = await startNode(
      join(work, `c${id}`),
      port,
      Object.entries(given).map((pair) => pair.join('=')),
    )
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null

async function kill(id: number): Promise<void> {
  if (id !== OURS) await apaches.get(id)?.stop('SIGKILL')
  else if (ours && isAlive(ours)) await killNode(ours)
}

/** Resolves when it has stopped in good order. */
async function stop(child: ChildProcess | undefined): Promise<void> {
  child?.removeAllListeners('exit')
  child?.kill('SIGTERM')
  if (child) expect((await once(child, 'exit'))[0]).toBe(0)
}

/** By our own tool, from the same words as Apache's. */
async function formatOurs(): Promise<void> {
  const file = join(work, 'ours.properties')
  mkdirSync(join(work, `c${OURS}`))
  const all = { ...properties(OURS), 'log.dirs': logsOf(OURS) }
  writeFileSync(
    file,
    Object.entries(all)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const { code, err } = await runClassic(storage, ['format', '-c', file, ...format()])
  expect(code, err).toBe(0)
}

beforeAll(async () => {
  if (missing) return
  for (const id of [...ids, 1]) ports.set(id, await freePort())
  await formatOurs()
  await Promise.all(ids.map(start))
  formatDirectory(nodeRuntime, join(work, 'b1', 'logs'), { clusterId: CLUSTER, nodeId: 1 })
  broker = await startNode(join(work, 'b1'), ports.get(1) as number, [
    ...['process.roles=broker', 'node.id=1', 'controller.listener.names=CONTROLLER'],
    `controller.quorum.bootstrap.servers=${ids.map(at).join(',')}`,
  ])
  admin = new Admin({ 'bootstrap.servers': at(1) })
}, 60_000)
afterAll(async () => {
  await admin?.close()
  for (const id of ids) await kill(id)
  if (broker && isAlive(broker)) await killNode(broker)
  rmSync(work, { recursive: true, force: true })
})

async function create(name: string): Promise<void> {
  const made = (await admin.createTopics([{ name, partitions: 1, replicationFactor: 1 }])).get(name)
  if (made instanceof Error) throw made
}

/** The leader, when all voters have fetched all there is. */
async function leaderOfAll(): Promise<number> {
  for (;;) {
    const { leaderId, voters, highWatermark } = await admin.describeMetadataQuorum()
    expect(voters.map(({ replicaId: id, directoryId }) => [id, directoryId]).sort()).toEqual(
      ids.map((id) => [id, directoryOf(id)]),
    )
    if (voters.every(({ logEndOffset }) => logEndOffset >= highWatermark)) return leaderId
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const logOf = (id: number): Buffer => logBytes(join(logsOf(id), '__cluster_metadata-0'))

describe.skipIf(missing)('voters of both kinds', () => {
  it('lead one after the other, whoever is killed', async () => {
    const led: string[] = []
    await create('first')
    for (let round = 0; round < 8 && new Set(led).size < 2; round++) {
      const leader = await leaderOfAll()
      await create(`under-${leader}-${round}`)
      led.push(leader === OURS ? 'ours' : "Apache's")
      await kill(leader)
      await create(`without-${leader}-${round}`)
      await start(leader)
    }
    expect(new Set(led).size, led.join()).toBe(2)
  }, 60_000)

  it("are known to Apache's tools, whichever is asked", async () => {
    await leaderOfAll()
    const asked = ['--bootstrap-controller', at(OURS)]
    const listed = await runTool('kafka-cluster', ['list-endpoints', ...asked])
    for (const id of ids) expect(listed.stdout).toMatch(new RegExp(`^${id} +127\\.0\\.0\\.1 +${ports.get(id)} `, 'm'))
    const status = await runTool('kafka-metadata-quorum', [...asked, 'describe', '--status'])
    for (const id of ids) expect(status.stdout).toContain(`"id": ${id}, "directoryId": "${directoryOf(id)}"`)
  }, 30_000)

  it('have one log, byte for byte', async () => {
    await create('last')
    await leaderOfAll()
    await stop(broker)
    await stop(ours)
    for (const apache of apaches.values()) await apache.stop()
    const logs = ids.map(logOf)
    const common = Math.min(...logs.map(({ length }) => length))
    const [first, ...others] = logs.map((log) => log.subarray(0, common))
    expect(first?.includes('last')).toBe(true)
    for (const other of others) expect(other.equals(first as Buffer)).toBe(true)
  }, 30_000)
})
