import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Admin } from '../../src/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type ApacheBroker, apacheMissing, runTool, startApacheNode } from '../support/apache.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode, startNode } from '../support/killable-node.ts'
import { logBytes } from '../support/replica-logs.ts'

/** A static quorum, two controllers of Apache's and one of ours, is made a dynamic one while it runs (KIP-853): under a leader of each kind. */
const missing = apacheMissing()
if (missing) console.warn(`no static quorum of both kinds is made a dynamic one: ${missing}`)

const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qw'
const OURS = 3
const IDS = [1, 2, OURS] as const

class Quorum {
  readonly dir = mkdtempSync(join(tmpdir(), 'raised-quorum-'))
  readonly ports = new Map<number, number>()
  readonly apaches = new Map<number, ApacheBroker>()
  ours: ChildProcess | undefined

  /** Whoever waits less stands for election first. */
  constructor(private readonly leading: string) {}

  at(id: number): string {
    return `127.0.0.1:${this.ports.get(id)}`
  }

  async begin(): Promise<void> {
    for (const id of IDS) this.ports.set(id, await freePort())
    formatDirectory(nodeRuntime, join(this.dir, `c${OURS}`, 'logs'), { clusterId: CLUSTER, nodeId: OURS })
    await Promise.all(IDS.map((id) => this.start(id)))
  }

  async start(id: number): Promise<void> {
    const isFirst = (id === OURS) === (this.leading === 'ours')
    const properties = {
      'process.roles': 'controller',
      'node.id': String(id),
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.voters': IDS.map((one) => `${one}@${this.at(one)}`).join(','),
      listeners: `CONTROLLER://${this.at(id)}`,
      'controller.quorum.fetch.timeout.ms': isFirst ? '1000' : '3000',
    }
    const [folder, port] = [join(this.dir, `c${id}`), this.ports.get(id) as number]
    if (id !== OURS) this.apaches.set(id, await startApacheNode(folder, port, properties, ['-t', CLUSTER]))
    else
      this.ours = await startNode(
        folder,
        port,
        Object.entries(properties).map((pair) => pair.join('=')),
      )
  }

  async kill(id: number): Promise<void> {
    if (id !== OURS) await this.apaches.get(id)?.stop('SIGKILL')
    else if (this.ours && this.ours.exitCode === null && this.ours.signalCode === null) await killNode(this.ours)
  }

  async end(): Promise<void> {
    for (const id of IDS) await this.kill(id)
    rmSync(this.dir, { recursive: true, force: true })
  }
}

let quorum: Quorum
let admin: Admin
afterEach(async () => {
  await admin?.close()
  await quorum?.end()
}, 30_000)

/** The leader, once there is one, and another one than that. */
async function leaderBeside(former: number | undefined): Promise<number> {
  let found = -1
  const look = async () => {
    found = await admin.describeMetadataQuorum().then(
      ({ leaderId }) => leaderId,
      () => -1,
    )
    return found > 0 && found !== former
  }
  await expect.poll(look, quickly).toBe(true)
  return found
}

const kindOf = (leader: number): string => (leader === OURS ? 'ours' : "Apache's")
const quickly = { timeout: 30_000, interval: 200 }

describe.skipIf(missing)('a static quorum of both kinds', () => {
  it.each(['ours', "Apache's"])(
    'becomes a dynamic one under a leader of its own: %s',
    async (leading) => {
      quorum = new Quorum(leading)
      await quorum.begin()
      admin = new Admin({ 'bootstrap.controllers': IDS.map((id) => quorum.at(id)).join(',') })
      let raised = await leaderBeside(undefined)
      for (let attempt = 0; kindOf(raised) !== leading && attempt < 5; attempt++) {
        const other = raised
        await quorum.kill(other)
        raised = await leaderBeside(other)
        await quorum.start(other)
      }
      expect(kindOf(raised)).toBe(leading)

      // The voters tell their leader of themselves; until all have, it refuses.
      const upgrade = () =>
        runTool('kafka-features', [
          ...['--bootstrap-controller', quorum.at(raised)],
          ...['upgrade', '--feature', 'kraft.version=1'],
        ])
      const refused = /has not registered|not all of the voters support it/
      const answered = async () => {
        const { stdout, stderr } = await upgrade()
        return refused.test(stdout) ? 'refused' : stdout + stderr
      }
      await expect.poll(answered, quickly).not.toBe('refused')
      expect(await answered()).toBe('kraft.version was upgraded to 1.\n')

      const voters = async () => (await admin.describeMetadataQuorum()).voters
      const named = (await voters()).map(({ replicaId, directoryId }) => ({ id: replicaId, directoryId }))
      expect(named.map(({ id }) => id).sort()).toEqual([...IDS])
      for (const { directoryId } of named) expect(directoryId).not.toMatch(/^A+$/)

      // The next leader has them from its log, and changes them.
      await quorum.kill(raised)
      await leaderBeside(raised)
      await quorum.start(raised)
      const left = named.find(({ id }) => id === raised) as (typeof named)[number]
      await admin.removeRaftVoter(left)
      expect((await voters()).map(({ replicaId }) => replicaId)).not.toContain(raised)
      const [host, port] = quorum.at(raised).split(':') as [string, string]
      const again = () => admin.addRaftVoter(left, [{ name: 'CONTROLLER', host, port: Number(port) }])
      await expect.poll(() => again().then(...outcome), quickly).toBe('done')
      expect((await voters()).map(({ replicaId }) => replicaId).sort()).toEqual([...IDS])

      await admin.close()
      for (const id of IDS) await quorum.kill(id)
      const logs = IDS.map((id) => logBytes(join(quorum.dir, `c${id}`, 'logs', '__cluster_metadata-0')))
      const common = Math.min(...logs.map(({ length }) => length))
      const [first, ...others] = logs.map((log) => log.subarray(0, common))
      for (const other of others) expect(other.equals(first as Buffer)).toBe(true)
    },
    120_000,
  )
})

const outcome = [() => 'done', (error: Error) => error.message] as const
