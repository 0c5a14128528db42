import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { apacheMissing } from '../support/apache.ts'
import { onlyApache, type Session, sameThrice, stepsOf } from '../support/compare-tools.ts'
import { Twin } from '../support/twin.ts'

/**
 * Tools of administrators, each line three times: Apache's tool at Apache's broker, and ours at Apache's broker and at ours. The same
 * output and exit code, times and directories aside.
 */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of administrators' tools is skipped: ${missing}`)

const PORT = 22_300
const work = mkdtempSync(join(tmpdir(), 'admin-tools-'))
function file(name: string, content: unknown): string {
  const path = join(work, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const partition = (topic: string, number: number) => ({ topic, partition: number })

const plan = (name: string, ...partitions: object[]): string => file(name, { version: 1, partitions })
const moved = (topic: string, number: number, replicas: number[], more: object = {}) => ({
  ...partition(topic, number),
  replicas,
  ...more,
})
const both = plan('both.json', moved('t1', 0, [1]), moved('t1', 1, [1]))
const unknown = plan('unknown.json', moved('zz', 0, [1]))
const outside = plan('outside.json', moved('t1', 7, [1]))
const noTopic = file('no-topic.json', { version: 1, topics: [{ topic: 'zz' }] })
const toMove = file('to-move.json', { version: 1, topics: [{ topic: 't1' }, { topic: 't2' }] })
const reassign: readonly string[] = [
  '--list',
  `--execute --reassignment-json-file ${both}`,
  `--execute --reassignment-json-file ${both} --throttle 5000 --replica-alter-log-dirs-throttle 7000`,
  `--execute --reassignment-json-file ${both} --disallow-replication-factor-change --additional`,
  `--verify --reassignment-json-file ${both}`,
  `--verify --reassignment-json-file ${both} --preserve-throttles`,
  `--cancel --reassignment-json-file ${both}`,
  `--execute --reassignment-json-file ${plan('broker.json', moved('t1', 0, [9]))}`,
  `--execute --reassignment-json-file ${plan('nothing.json')}`,
  `--execute --reassignment-json-file ${plan('again.json', moved('t1', 0, [1]), moved('t1', 0, [1]))}`,
  `--execute --reassignment-json-file ${plan('same.json', moved('t1', 0, [1, 1]))}`,
  `--execute --reassignment-json-file ${plan('nowhere.json', moved('t1', 0, []))}`,
  `--execute --reassignment-json-file ${plan('any.json', moved('t1', 0, [1], { log_dirs: ['any'] }))}`,
  `--execute --reassignment-json-file ${plan('dirs.json', moved('t1', 0, [1], { log_dirs: ['any', 'any'] }))}`,
  `--execute --reassignment-json-file ${file('version.json', { version: 2, partitions: [] })}`,
  `--execute --reassignment-json-file ${unknown}`,
  `--execute --reassignment-json-file ${outside}`,
  `--execute --reassignment-json-file /nothing/there`,
  `--verify --reassignment-json-file ${unknown}`,
  `--verify --reassignment-json-file ${outside}`,
  `--cancel --reassignment-json-file ${outside}`,
  `--generate --topics-to-move-json-file ${toMove} --broker-list 1`,
  `--generate --topics-to-move-json-file ${toMove} --broker-list 1,9 --disable-rack-aware`,
  `--generate --topics-to-move-json-file ${toMove} --broker-list 9`,
  `--generate --topics-to-move-json-file ${toMove} --broker-list 1,1`,
  `--generate --topics-to-move-json-file ${noTopic} --broker-list 1`,
  `--generate --topics-to-move-json-file ${file('no-json.json', 'zz')} --broker-list 1`,
  `--generate --topics-to-move-json-file ${toMove}`,
  '--generate',
  '--execute',
  `--verify --reassignment-json-file ${both} --throttle 5`,
  '--list --verify',
  '--help',
  '',
  '--nope',
]
const elections = '--election-type preferred'
const sessions: Readonly<Record<string, Session>> = {
  topics: ['--create --topic t1 --partitions 2', '--create --topic t2'],
  features: [
    'describe',
    'describe --node-id 1',
    'describe --node-id x',
    'upgrade --feature share.version=9',
    'upgrade --feature share.version=9 --dry-run',
    'disable --feature nope --dry-run',
    'upgrade --feature share.version=1',
    'upgrade --feature share.version=1 --dry-run',
    'downgrade --feature share.version=0 --feature group.version=0',
    'upgrade --feature share.version=1 --feature group.version=1',
    'upgrade --release-version 4.3 --dry-run',
    'upgrade --release-version 4.3',
    'upgrade --feature kraft.version=1',
    'upgrade --release-version 4.2',
    'downgrade --feature kraft.version=0',
    'describe',
    'upgrade --metadata 4.2-IV1',
    onlyApache('downgrade --metadata 3.3-IV3 --feature group.version=0'),
    'disable --feature streams.version',
    'upgrade',
    'upgrade --feature x',
    'upgrade --feature x=y',
    'upgrade --release-version 9.9',
    'upgrade --release-version 4.3 --feature a=1',
    'upgrade --feature share.version=1 --feature share.version=1',
    'disable',
    'version-mapping',
    'version-mapping --release-version 3.9-IV0',
    'version-mapping --release-version x',
    'feature-dependencies --feature transaction.version=2 --feature metadata.version=17',
    'feature-dependencies --feature eligible.leader.replicas.version=1',
    'feature-dependencies --feature nope=1',
    'feature-dependencies --feature group.version=9',
    'nope',
    '',
    '-h',
    'upgrade -h',
    'upgrade --nope',
  ],
  configs: [
    '--describe --entity-type groups',
    '--alter --group g1 --add-config consumer.session.timeout.ms=50000,consumer.heartbeat.interval.ms=6000',
    '--alter --group g1 --add-config share.auto.offset.reset=by_duration:PT1H,share.isolation.level=read_committed',
    '--alter --group g1 --add-config streams.num.standby.replicas=1,share.renew.acknowledge.enable=false',
    '--describe --group g1',
    '--describe --group g1 --all',
    '--describe --group nobody --all',
    '--describe --entity-type groups',
    '--alter --group g1 --delete-config streams.num.standby.replicas,nope',
    '--alter --group g1 --delete-config share.isolation.level',
    '--alter --group g1 --add-config nope=1',
    '--alter --group g1 --add-config consumer.session.timeout.ms=1',
    '--alter --group g1 --add-config consumer.session.timeout.ms=5000000',
    '--alter --group g1 --add-config consumer.session.timeout.ms=x',
    '--alter --group g1 --add-config consumer.heartbeat.interval.ms=100',
    '--alter --group g1 --add-config share.record.lock.duration.ms=1',
    '--alter --group g1 --add-config share.record.lock.duration.ms=1000',
    '--alter --group g1 --add-config share.partition.max.record.locks=5000',
    '--alter --group g1 --add-config share.delivery.count.limit=11',
    '--alter --group g1 --add-config share.auto.offset.reset=x',
    '--alter --group g1 --add-config share.auto.offset.reset=by_duration:x',
    '--alter --group g1 --add-config share.isolation.level=x',
    '--alter --group g1 --add-config share.renew.acknowledge.enable=x',
    '--alter --group g1 --add-config streams.num.standby.replicas=99',
    '--alter --group g1 --add-config streams.assignment.interval.ms=20000',
    '--describe --group g1',
  ],
  'reassign-partitions': reassign,
  acls: [
    '--list',
    '--list --topic t --principal User:a',
    '--add --allow-principal User:a --operation read --topic t',
    '--add --allow-principal User:a --producer --idempotent --topic t --transactional-id x',
    '--remove --topic t --force',
    '--remove --topic t --allow-principal User:a --force',
    '--add --topic t',
    '--add --allow-principal User:a',
    '--add --allow-principal User:a --consumer --topic t',
    '--add --allow-principal User:a --producer --group g',
    '--add --allow-principal User:a --consumer --topic t --group g --deny-principal User:b',
    '--list --consumer --topic t',
    '--list --idempotent',
    '--list --add',
    '--add --principal User:x --topic t',
    '--add --allow-principal User:a --topic t --resource-pattern-type match',
    '--add --allow-principal User:a --topic t --operation createtokens',
    '--add --allow-principal User:a --cluster --operation nope',
    '--add --allow-principal nope --topic t',
    '--list --topic t --resource-pattern-type nope',
    '--help',
    '',
    '--nope',
  ],
  'leader-election': [
    `${elections} --topic t1 --partition 0`,
    `${elections} --all-topic-partitions`,
    '--election-type UNCLEAN --all-topic-partitions',
    `${elections} --topic zz --partition 0`,
    '--election-type x --all-topic-partitions',
    '',
    elections,
    `${elections} --path-to-json-file ${file('all.json', { partitions: [partition('t1', 0), partition('t1', 1), partition('t1', 7)] })}`,
    `${elections} --path-to-json-file ${file('twice.json', { partitions: [partition('t1', 0), partition('t1', 0)] })}`,
    `${elections} --path-to-json-file ${file('fields.json', { x: 1 })}`,
    `${elections} --path-to-json-file ${file('broken.json', 'zz')}`,
    `${elections} --path-to-json-file /nothing/there`,
    `${elections} --topic t1`,
    `${elections} --partition 1 --all-topic-partitions`,
    `${elections} --topic t1 --partition 1 --all-topic-partitions`,
    `${elections} --topic t1 --partition 0 --admin.config /dev/null`,
    '--help',
    '--nope',
  ],
}
let twin: Twin
beforeAll(async () => {
  if (!missing) twin = await Twin.start(PORT, {})
}, 120_000)
afterAll(async () => {
  await twin?.close()
  rmSync(work, { recursive: true, force: true })
})

/** What two runs, or two brokers, cannot have in common. */
const blur = (text: string): string =>
  text
    .replace(/"log_dirs":\["\/[^"]*"\]/g, '"log_dirs":[DIR]')
    // Their order is chance in Apache's tool.
    .replace(/only supports operations .*/, 'only supports operations LIST')
    .replace(/^ +\t[A-Z]\w+ *\n/gm, '')
    .replace(/Epoch: \d+$/gm, 'Epoch: N')

describe.skipIf(missing)("Apache's tools for administrators and ours", () => {
  it.each(stepsOf(sessions))(
    '$tool $args',
    (step) => sameThrice(step, PORT, { changes: step.tool === 'topics', blur }),
    60_000,
  )
})
