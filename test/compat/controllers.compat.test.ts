import { afterAll, beforeAll, describe, it } from 'vitest'
import { apacheMissing } from '../support/apache.ts'
import { type Session, sameThrice, stepsOf } from '../support/compare-tools.ts'
import { Twin } from '../support/twin.ts'

/** Tools that talk to controllers (`--bootstrap-controller`, KIP-919): Apache's at Apache's controller, ours there and at ours. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison at controllers is skipped: ${missing}`)

const PORT = 22_360
const OURS = PORT + 2

const sessions: Readonly<Record<string, Session>> = {
  cluster: ['cluster-id CONTROLLER', 'list-endpoints CONTROLLER', 'list-endpoints CONTROLLER --include-fenced-brokers'],
  'metadata-quorum': [
    'CONTROLLER describe --status',
    'CONTROLLER describe --replication',
    'CONTROLLER SERVER describe --status',
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
