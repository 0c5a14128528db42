import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { apacheMissing } from '../support/apache.ts'
import { type Session, sameThrice, stepsOf } from '../support/compare-tools.ts'
import { Twin } from '../support/twin.ts'

/** Tools that talk to controllers (`--bootstrap-controller`, KIP-919): Apache's at Apache's controller, ours there and at ours. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison at controllers is skipped: ${missing}`)

const PORT = 22_360
const OURS = PORT + 2

const DIRECTORY = '8mA__xQ8KaFPllYCU36zPQ'
const work = mkdtempSync(join(tmpdir(), 'controllers-'))
let files = 0

/** The properties of a controller whose directory is formatted, in a file. */
function controller(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const properties = {
    'process.roles': 'controller',
    'node.id': '7',
    'log.dirs': join(work, 'controller'),
    listeners: 'CONTROLLER://:22369',
    'controller.listener.names': 'CONTROLLER',
    ...changes,
  }
  const file = join(work, `controller-${files++}.properties`)
  const lines = Object.entries(properties).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}\n`))
  writeFileSync(file, lines.join(''))
  return file
}

const sessions: Readonly<Record<string, Session>> = {
  cluster: [
    'unregister CONTROLLER --id 77',
    'unregister SERVER --id 77',
    'unregister SERVER --id -1',
    'unregister SERVER --id x',
    'unregister SERVER',
    'unregister --id 3',
    'cluster-id CONTROLLER',
    'list-endpoints CONTROLLER',
    'list-endpoints CONTROLLER --include-fenced-brokers',
  ],
  'metadata-quorum': [
    'CONTROLLER describe --status',
    'CONTROLLER describe --replication',
    'CONTROLLER SERVER describe --status',
    'SERVER --command-config /nothing/there describe --status',
    'describe --status',
    'SERVER add-controller',
    'SERVER --command-config /nothing/there add-controller',
    `SERVER --command-config ${controller()} add-controller`,
    `SERVER --command-config ${controller()} add-controller --dry-run`,
    `SERVER --command-config ${controller({ 'node.id': '-1' })} add-controller`,
    `SERVER --command-config ${controller({ 'node.id': undefined })} add-controller`,
    `SERVER --command-config ${controller({ 'process.roles': 'broker' })} add-controller`,
    `SERVER --command-config ${controller({ 'log.dirs': undefined })} add-controller`,
    `SERVER --command-config ${controller({ 'log.dirs': join(work, 'nothing') })} add-controller`,
    `SERVER --command-config ${controller({ 'controller.listener.names': undefined })} add-controller`,
    `SERVER --command-config ${controller({ 'controller.listener.names': 'OTHER' })} add-controller`,
    `SERVER remove-controller -i 7 -d ${DIRECTORY}`,
    `CONTROLLER remove-controller -i 7 -d ${DIRECTORY}`,
    `SERVER remove-controller -i 7 -d ${DIRECTORY} --dry-run`,
    'SERVER remove-controller -i 7 -d xx',
    'SERVER remove-controller -i 7',
    `SERVER remove-controller -i x -d ${DIRECTORY}`,
    `SERVER remove-controller -i -3 -d ${DIRECTORY}`,
  ],
  features: [
    'CONTROLLER describe',
    'CONTROLLER upgrade --feature share.version=9 --dry-run',
    'CONTROLLER upgrade --feature share.version=1',
    'CONTROLLER SERVER describe',
    'describe',
  ],
  configs: [
    'CONTROLLER --describe --entity-type brokers',
    'CONTROLLER --alter --entity-type brokers --entity-name 1 --add-config log.cleaner.threads=2',
    'CONTROLLER --describe --entity-type brokers --entity-name 1',
    'CONTROLLER --alter --group g --add-config share.auto.offset.reset=earliest',
    'CONTROLLER --alter --topic nope --add-config retention.ms=900000',
    'CONTROLLER --alter --user u --add-config producer_byte_rate=5',
    'CONTROLLER --describe --entity-type topics',
    'CONTROLLER --describe --topic nope',
    'CONTROLLER --describe --entity-type users',
    'CONTROLLER SERVER --describe --entity-type brokers',
  ],
  acls: [
    'CONTROLLER --list',
    'CONTROLLER --add --allow-principal User:a --operation read --topic t',
    'CONTROLLER SERVER --list',
  ],
  'reassign-partitions': ['CONTROLLER --list', 'CONTROLLER --generate --broker-list 1', 'CONTROLLER SERVER --list'],
}

let twin: Twin
beforeAll(async () => {
  if (missing) return
  mkdirSync(join(work, 'controller'))
  writeFileSync(
    join(work, 'controller', 'meta.properties'),
    `cluster.id=pQTNYA1oSUytAAQrsiUgoQ\ndirectory.id=${DIRECTORY}\nnode.id=7\nversion=1\n`,
  )
  twin = await Twin.start(PORT, {}, (port) => ({
    'process.roles': 'broker,controller',
    'controller.quorum.voters': `1@127.0.0.1:${port + 1}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
  }))
}, 120_000)
afterAll(async () => {
  await twin?.close()
  rmSync(work, { recursive: true, force: true })
})

const line = (port: number, words: readonly string[]): string[] =>
  words.flatMap((word) => {
    if (word === 'CONTROLLER') return ['--bootstrap-controller', `127.0.0.1:${port + 1}`]
    return word === 'SERVER' ? ['--bootstrap-server', `127.0.0.1:${port}`] : [word]
  })

/** What two clusters, or two moments, cannot have in common. */
const blur = (text: string): string =>
  text
    .replaceAll(String(OURS + 1), String(PORT + 1))
    .replace(/^(ClusterId: +|Cluster ID: )\S{22}$/gm, '$1ID')
    .replace(/^(HighWatermark: +)\d+$/gm, '$1N')
    .replace(/^(LeaderEpoch: +)\d+$/gm, '$1N')
    .replace(/^(1 +\t\S{22}\t)\d+( *\t0 +\t).*(\tLeader)/gm, '$1N$2TIMES$3')
    // Their order is chance in Apache's tool.
    .replace(/^ +\t[A-Z]\w+ *\n/gm, '')
    .replace(/Epoch: \d+$/gm, 'Epoch: N')

describe.skipIf(missing)("Apache's tools at controllers and ours", () => {
  it.each(stepsOf(sessions))('$tool $args', (step) => sameThrice(step, PORT, { blur, line }), 60_000)
})
