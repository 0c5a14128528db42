import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as consumerGroups from '../../src/cli/classic/consumer-groups.ts'
import { Admin } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import {
  events,
  isStable,
  produceEvents,
  quickHeartbeats,
  type Reading,
  readByJava,
  readHere,
  TOPIC,
  until,
} from '../support/group-readers.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** Our consumer with `group.protocol=consumer` in groups at Apache's broker, among Apache's consumers of both protocols. */
const missing = apacheMissing()
if (missing) console.warn(`our consumers with group.protocol=consumer are not held against Apache's: ${missing}`)

const PORT = 23_720
const COUNT = 400
const work = mkdtempSync(join(tmpdir(), 'consumer-group-members-'))
let apache: ApacheBroker
let node: TestServer
const readings: Reading[] = []
const kept = <R extends Reading>(reading: R): R => {
  readings.push(reading)
  return reading
}

beforeAll(async () => {
  if (missing) return
  ;[apache, node] = await Promise.all([
    startBroker(join(work, 'apache'), PORT, quickHeartbeats),
    startTestServer(quickHeartbeats),
  ])
  for (const { bootstrap } of [apache, node]) {
    const admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
    await admin.createTopics([{ name: TOPIC, partitions: 4 }])
    await admin.close()
  }
  await produceEvents(apache.bootstrap, 0, COUNT)
}, 60_000)
afterAll(async () => {
  await Promise.all(readings.map((reading) => reading.stop()))
  await node?.close()
  await apache?.stop()
  rmSync(work, { recursive: true, force: true })
})

const count = (...all: Reading[]) => all.reduce((sum, { lines }) => sum + lines.length, 0)
const all = (...some: Reading[]) => some.flatMap(({ lines }) => lines).sort()

describe.skipIf(missing)('our consumer with group.protocol=consumer', () => {
  it("shares partitions with Apache's at Apache's broker, each record once", async () => {
    const { bootstrap } = apache
    const ours = kept(readHere(bootstrap, 'both', { 'client.id': 'ours' }))
    await until(() => count(ours) === COUNT)
    const theirs = kept(readByJava(bootstrap, 'both', 'theirs'))
    await until(() => isStable(bootstrap, 'both', 2))
    await produceEvents(bootstrap, COUNT, 2 * COUNT)
    await until(() => count(ours, theirs) >= 2 * COUNT)
    expect(theirs.lines).toHaveLength(COUNT / 2)
    await ours.stop()
    await until(() => isStable(bootstrap, 'both', 1))
    await produceEvents(bootstrap, 2 * COUNT, 3 * COUNT)
    await until(() => count(ours, theirs) >= 3 * COUNT)
    expect(all(ours, theirs)).toEqual(events(0, 3 * COUNT))
  }, 60_000)

  it('takes its part of a group of the classic protocol, and leaves it to that again', async () => {
    const { bootstrap } = apache
    const classic = kept(readByJava(bootstrap, 'mixed', 'classic', 'classic'))
    await until(() => count(classic) === 3 * COUNT)
    const ours = kept(readHere(bootstrap, 'mixed'))
    await until(() => isStable(bootstrap, 'mixed', 2))
    await produceEvents(bootstrap, 3 * COUNT, 4 * COUNT)
    await until(() => count(classic, ours) >= 4 * COUNT)
    expect(ours.lines).toHaveLength(COUNT / 2)
    await ours.stop()
    await produceEvents(bootstrap, 4 * COUNT, 5 * COUNT)
    await until(() => count(classic, ours) >= 5 * COUNT)
    expect(all(classic, ours)).toEqual(events(0, 5 * COUNT))
  }, 60_000)

  it("is described as Apache's is, at both brokers and by both makes of tools", async () => {
    const texts = new Set<string>()
    const describeAll = async (bootstrap: string, group: string) => {
      await until(() => isStable(bootstrap, group, 1))
      for (const what of ['--members --verbose', '--state']) {
        const args = `--bootstrap-server ${bootstrap} --describe --group ${group} ${what}`.split(' ')
        const [theirs, ours] = await Promise.all([
          runTool('kafka-consumer-groups', args),
          runClassic(consumerGroups, args),
        ])
        for (const text of [theirs.stdout, ours.out]) texts.add(`${what}: ${plain(text, bootstrap, group)}`)
      }
    }
    const both = [apache, node]
    for (const { bootstrap } of both) {
      kept(readByJava(bootstrap, 'seen-theirs', 'reader'))
      kept(readHere(bootstrap, 'seen-ours', { 'client.id': 'reader' }))
    }
    await Promise.all(
      both.flatMap(({ bootstrap }) => [describeAll(bootstrap, 'seen-theirs'), describeAll(bootstrap, 'seen-ours')]),
    )
    expect([...texts].join('\n')).toMatch(/ID \/127\.0\.0\.1 reader 4 2 events:0,1,2,3 2 /)
    expect([...texts]).toHaveLength(2)
  }, 60_000)
})

/** Without what is chance, and without the width of columns. */
const plain = (text: string, bootstrap: string, group: string): string =>
  text
    .replaceAll(/[\w-]{22}(?= )/g, 'ID')
    .replaceAll(group, 'GROUP')
    .replaceAll(bootstrap, 'BROKER')
    .replaceAll(/ +/g, ' ')
    .trim()
