import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AlterUserScramCredentials, ApiVersions, CreateTopics, UpdateFeatures } from '../../src/protocol/apis/index.ts'
import { levelOf, METADATA_VERSION } from '../../src/protocol/metadata-version.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { defaultLevels } from '../../src/tools/storage/features.ts'
import { type ApacheBroker, apacheMissing, runTool, startApacheNode } from '../support/apache.ts'
import { freePorts } from '../support/free-ports.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import type { Plain } from '../support/twin.ts'

/** A cluster that began with the metadata of 3.3, raised step by step to that of 4.3: Apache's node and ours, asked the same and writing the same. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of metadata versions is skipped: ${missing}`)

const FIRST = levelOf('3.3-IV3')
const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qg'
const work = mkdtempSync(join(tmpdir(), 'metadata-version-'))
const theirDir = join(work, 'theirs')
const ourDir = join(work, 'ours')
const memberDir = join(work, 'member')

let apache: ApacheBroker
let ours: TestServer
/** A broker of ours in the cluster of Apache's node. */
let member: TestServer
let sides: RawClient[]

const nodeAt = (port: number, controllerPort: number) => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'controller.listener.names': 'CONTROLLER',
  'offsets.topic.replication.factor': '1',
})

beforeAll(async () => {
  if (missing) return
  const [theirPort, theirController, ourPort, ourController, memberPort] = (await freePorts(5)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const release = ['-t', CLUSTER, '--release-version', '3.3-IV3']
  const features = new Map([[METADATA_VERSION, FIRST], ...defaultLevels(FIRST)])
  formatDirectory(nodeRuntime, join(ourDir, 'logs'), { clusterId: CLUSTER, nodeId: 1, features })
  apache = await startApacheNode(theirDir, theirPort, nodeAt(theirPort, theirController), release)
  ours = await startTestServer(nodeAt(ourPort, ourController), { dir: ourDir, port: ourPort })
  formatDirectory(nodeRuntime, join(memberDir, 'logs'), { clusterId: CLUSTER, nodeId: 2 })
  member = await startTestServer(
    {
      ...{ 'process.roles': 'broker', 'node.id': '2', 'controller.listener.names': 'CONTROLLER' },
      'controller.quorum.voters': `1@127.0.0.1:${theirController}`,
    },
    { dir: memberDir, port: memberPort },
  )
  sides = [await RawClient.connect(theirPort), await RawClient.connect(ourPort)]
}, 60_000)

afterAll(async () => {
  for (const side of sides ?? []) side.destroy()
  for (const server of [member, ours]) await server?.server.close().catch(() => {})
  await apache?.stop('SIGKILL')
  rmSync(work, { recursive: true, force: true })
})

/** The answers of both, which must be alike, ids that each makes up aside. */
async function both(ask: (client: RawClient) => Promise<Plain>): Promise<Plain> {
  const [theirs, own] = (await Promise.all(sides.map(ask))).map((answer) =>
    JSON.parse(JSON.stringify(answer, (name, value) => (name === 'topicId' ? 'ID' : value))),
  )
  expect(own).toEqual(theirs)
  return own
}

const update = (level: number, upgradeType = 1, feature = METADATA_VERSION) =>
  both((client) =>
    client.call(UpdateFeatures, 2, {
      featureUpdates: [{ feature, maxVersionLevel: level, upgradeType }],
      timeoutMs: 10_000,
      validateOnly: false,
    } as never),
  )

/** On the node itself: a cluster of two would spread them. */
const placed = [0, 1].map((partitionIndex) => ({ partitionIndex, brokerIds: [1] }))

const create = (name: string) =>
  both((client) =>
    client.call(CreateTopics, 7, {
      topics: [{ name, numPartitions: -1, replicationFactor: -1, assignments: placed, configs: [] }],
      timeoutMs: 10_000,
      validateOnly: false,
    } as never),
  )

const credential = () =>
  both((client) =>
    client.call(AlterUserScramCredentials, 0, {
      deletions: [],
      upsertions: [
        {
          name: 'alice',
          mechanism: 1,
          iterations: 4096,
          salt: Buffer.from('salt'),
          saltedPassword: Buffer.alloc(32, 7),
        },
      ],
    } as never),
  )

/** Types and versions of the records in a metadata log, as Apache's tool reads them. */
async function recordsIn(dir: string): Promise<string[]> {
  const folder = join(dir, 'logs', '__cluster_metadata-0')
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'))
  const { stdout } = await runTool('kafka-dump-log', [
    '--cluster-metadata-decoder',
    ...['--files', files.map((name) => join(folder, name)).join(',')],
  ])
  return Array.from(stdout.matchAll(/"type":"(\w+)","version":(\d+)/g), ([, type, version]) => `${type} ${version}`)
}

describe.skipIf(missing)('a cluster with an older metadata.version', () => {
  it('is raised, and lowered where nothing can be lost', { timeout: 60_000 }, async () => {
    for (const release of ['3.3-IV3', '3.5-IV2', '3.6-IV2', '3.7-IV2', '3.9-IV0', '4.0-IV1', '4.3-IV0']) {
      if (release !== '3.3-IV3') expect(await update(levelOf(release))).toMatchObject({ errorCode: 0 })
      await create(`of-${release}`)
      await credential()
    }
    await update(22, 2)
    await update(22, 3)
    await update(29, 2)
    await update(29, 3)
    await update(29)
    await update(31)
    await update(6)
    const levels = await both(async (client) => {
      const { finalizedFeatures } = (await client.call(ApiVersions, 4, {
        clientSoftwareName: 'test',
        clientSoftwareVersion: '1',
      })) as Plain
      return finalizedFeatures
    })
    expect(levels).toEqual([{ name: METADATA_VERSION, maxVersionLevel: 30, minVersionLevel: 30 }])
  })

  it('learns the directories of brokers that were there before', { timeout: 30_000 }, async () => {
    const told = () => member.lines.filter((line) => line.startsWith('Registered as broker 2')).length
    for (let attempt = 0; told() < 2 && attempt < 400; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 25))
    expect(told()).toBe(2)
    await member.server.close()
    await Promise.all([ours.server.close(), apache.stop()])
  })

  it('writes records in the form of the version that it had', { timeout: 60_000 }, async () => {
    const [theirs, own] = [await recordsIn(theirDir), await recordsIn(ourDir)]
    const forms = /^(TOPIC|PARTITION|FEATURE_LEVEL|USER_SCRAM_CREDENTIAL)_RECORD/
    const counted = (records: readonly string[]) => {
      const counts = new Map<string, number>()
      for (const record of records.filter((one) => forms.test(one))) counts.set(record, (counts.get(record) ?? 0) + 1)
      return [...counts].sort()
    }
    expect(counted(own)).toEqual(counted(theirs))
    const registrations = (records: readonly string[]) => records.filter((one) => one.startsWith('REGISTER_BROKER'))
    // Ours says its directories in a change of its registration; a broker of ours in Apache's cluster registers anew.
    expect(registrations(own)).toEqual(['REGISTER_BROKER_RECORD 1'])
    expect(registrations(theirs)).toEqual([1, 1, 3, 3].map((version) => `REGISTER_BROKER_RECORD ${version}`))
  })
})
