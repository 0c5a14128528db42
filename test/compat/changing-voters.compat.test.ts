import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as metadataQuorum from '../../src/cli/classic/metadata-quorum.ts'
import * as storage from '../../src/cli/classic/storage.ts'
import { Admin, type KafkaError } from '../../src/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type RunningServer, startServer } from '../../src/server/index.ts'
import { ZERO_UUID } from '../../src/std/uuid.ts'
import { type ApacheBroker, apacheMissing, runTool, startApacheNode } from '../support/apache.ts'
import { freePort } from '../support/free-ports.ts'
import { logBytes } from '../support/replica-logs.ts'
import { runClassic } from '../support/test-console.ts'

/** A quorum whose voters change (KIP-853): 101 and 103 are controllers of ours, 102 is Apache's, and each kind leads while the other is added. */
const missing = apacheMissing()
if (missing) console.warn(`the quorum that changes is skipped: ${missing}`)

const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qg'
const ids = [101, 102, 103]
const work = mkdtempSync(join(tmpdir(), 'changing-voters-'))
const ports = new Map<number, number>()
const ours = new Map<number, RunningServer>()
let apache: ApacheBroker | undefined
let admin: Admin
/** A port at which nobody listens. */
let nobody: number

const at = (id: number): string => `127.0.0.1:${ports.get(id)}`
const logsOf = (id: number): string => join(work, `c${id}`, 'logs')
const fileOf = (id: number): string => join(work, `c${id}`, 'server.properties')
const directoryOf = (id: number): string =>
  /^directory.id=(.*)$/m.exec(readFileSync(join(logsOf(id), 'meta.properties'), 'utf8'))?.[1] ?? ''

const properties = (id: number): Record<string, string> => ({
  'process.roles': 'controller',
  'node.id': String(id),
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.bootstrap.servers': ids.map(at).join(','),
  listeners: `CONTROLLER://${at(id)}`,
})

async function startOurs(id: number, how: string): Promise<void> {
  const given = { ...properties(id), 'log.dirs': logsOf(id) }
  mkdirSync(join(work, `c${id}`))
  const lines = Object.entries(given).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(fileOf(id), lines.join(''))
  const { code, err } = await runClassic(storage, ['format', '-c', fileOf(id), '-t', CLUSTER, how])
  expect(code, err).toBe(0)
  ours.set(id, await startServer({ runtime: nodeRuntime, properties: given }))
}

beforeAll(async () => {
  if (missing) return
  for (const id of ids) ports.set(id, await freePort())
  nobody = await freePort()
  await startOurs(101, '--standalone')
  await startOurs(103, '--no-initial-controllers')
  apache = await startApacheNode(join(work, 'c102'), ports.get(102) as number, properties(102), ['-t', CLUSTER, '-N'])
  admin = new Admin({ 'bootstrap.controllers': ids.map(at).join(',') })
}, 60_000)
afterAll(async () => {
  await admin?.close()
  await apache?.stop()
  for (const server of ours.values()) await server.close()
  rmSync(work, { recursive: true, force: true })
})

interface Said {
  readonly out: string
  readonly code: number
  /** The last sentence on standard error, without the class's name. */
  readonly err: string
}
const sentence = (err: string): string =>
  (err.split('\n').find((line) => line !== '' && !line.startsWith('\t')) ?? '').replace(/^org\.[\w.]+: /, '')
const asking = (args: string) => ['--bootstrap-controller', ids.map(at).join(','), ...args.split(' ')]

async function apacheSays(args: string): Promise<Said> {
  const { stdout, stderr, exitCode } = await runTool('kafka-metadata-quorum', asking(args))
  return { out: stdout, err: sentence(stderr), code: exitCode }
}
async function oursSays(args: string): Promise<Said> {
  const { out, err, code } = await runClassic(metadataQuorum, asking(args))
  return { out, err: sentence(err), code }
}

type Quorum = Awaited<ReturnType<Admin['describeMetadataQuorum']>>
async function until(what: (quorum: Quorum) => boolean): Promise<Quorum> {
  for (;;) {
    const quorum = await admin.describeMetadataQuorum()
    if (what(quorum)) return quorum
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
const voterIds = ({ voters }: Quorum) => voters.map(({ replicaId }) => replicaId).sort()
/** They are, and the leader has committed all that it has: until then it changes no voters. */
const areVoters = (...voters: number[]) =>
  until((quorum) => {
    const own = quorum.voters.find(({ replicaId }) => replicaId === quorum.leaderId)
    return `${voterIds(quorum)}` === `${voters}` && own !== undefined && own.logEndOffset <= quorum.highWatermark
  })
/** It has all that the leader had, so that it can be added. */
const follows = (id: number) =>
  until(({ observers }) => observers.some((one) => one.replicaId === id && (one.lastCaughtUpTimestamp ?? 0) > 0))

const add = (id: number) => `--command-config ${fileOf(id)} add-controller`
const remove = (id: number) => `remove-controller -i ${id} -d ${directoryOf(id)}`
const added = (id: number) =>
  `Added controller ${id} with directory id ${directoryOf(id)} and endpoints: CONTROLLER://${at(id)}\n`
const removed = (id: number) => `Removed  KRaft controller ${id} with directory id ${directoryOf(id)}\n`

/** What the only voter of a quorum refuses, by its sentences. */
async function refusals(leader: number): Promise<string[]> {
  const stranger = { id: 7, directoryId: CLUSTER }
  const endpoint = (port: number, name = 'CONTROLLER') => [{ name, host: '127.0.0.1', port }]
  const own = ports.get(leader) as number
  const all = [
    () => admin.addRaftVoter(stranger, endpoint(9, 'OTHER')),
    () => admin.addRaftVoter(stranger, endpoint(nobody)),
    // Another one, for a leader of Apache's pauses before it asks the same again.
    () => admin.addRaftVoter({ ...stranger, id: 8 }, endpoint(own)),
    () => admin.addRaftVoter({ ...stranger, directoryId: ZERO_UUID }, endpoint(own)),
    () => admin.addRaftVoter({ ...stranger, id: leader }, endpoint(own)),
    () => admin.removeRaftVoter(stranger),
    () => admin.removeRaftVoter({ ...stranger, directoryId: ZERO_UUID }),
    () => admin.removeRaftVoter({ id: leader, directoryId: directoryOf(leader) }),
  ]
  const said: string[] = []
  for (const ask of all) {
    const error = await ask().catch((failure: unknown) => failure)
    const { error: name, message } = error as KafkaError
    said.push(`${name}: ${message}`.replaceAll(`id=${leader}`, 'id=OWN').replaceAll(directoryOf(leader), 'OWN'))
  }
  return said
}

describe.skipIf(missing)('voters of both kinds', () => {
  let oursRefused: string[]

  it("come: Apache's is added to a quorum of ours, by Apache's tool", async () => {
    await follows(102)
    oursRefused = await refusals(101)
    expect(await apacheSays(add(102))).toEqual({ out: added(102), err: '', code: 0 })
    expect(await areVoters(101, 102)).toMatchObject({ leaderId: 101 })
    // Twice is once too often, whoever asks.
    const twice = await oursSays(add(102))
    expect(twice.err).toContain('is already part of the set of voters')
    expect(await apacheSays(add(102))).toEqual(twice)
  }, 30_000)

  it("go: a leader of ours is removed, and Apache's leads", async () => {
    expect(await oursSays(remove(101))).toEqual({ out: removed(101), err: '', code: 0 })
    expect(await areVoters(102)).toMatchObject({ leaderId: 102 })
    // It refuses what ours has refused, in the same words.
    expect(await refusals(102)).toEqual(oursRefused)
  }, 30_000)

  it("are added to a quorum of Apache's, by both tools, and lead it when theirs is removed", async () => {
    await follows(103)
    expect(await apacheSays(add(103))).toEqual({ out: added(103), err: '', code: 0 })
    await follows(101)
    expect(await oursSays(add(101))).toEqual({ out: added(101), err: '', code: 0 })
    expect(await areVoters(101, 102, 103)).toMatchObject({ leaderId: 102 })
    expect(await apacheSays(remove(102))).toEqual({ out: removed(102), err: '', code: 0 })
    const { leaderId } = await areVoters(101, 103)
    expect([101, 103]).toContain(leaderId)
    await follows(102)
  }, 30_000)

  it('leave one log, byte for byte', async () => {
    await apache?.stop()
    for (const [id, server] of ours) if (ours.delete(id)) await server.close()
    const logs = ids.map((id) => logBytes(join(logsOf(id), '__cluster_metadata-0')))
    const common = Math.min(...logs.map(({ length }) => length))
    expect(common).toBeGreaterThan(1000)
    const [first, ...others] = logs.map((log) => log.subarray(0, common))
    for (const other of others) expect(other.equals(first as Buffer)).toBe(true)
  }, 30_000)
})
