import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { startTestServer } from '../support/server.ts'

/** One data directory, opened by Apache's broker, by ours, and by Apache's again: every record, offset, topic, config and group stays. */
const missing = apacheMissing()
if (missing) console.warn(`data directories are not exchanged with Apache Kafka: ${missing}`)

const APACHE_PORT = 25_010
const OUR_PORT = 25_020
const work = mkdtempSync(join(tmpdir(), 'directories-compat-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const at = (port: number) => ['--bootstrap-server', `127.0.0.1:${port}`]
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, n) => `line ${from + n}\n`).join('')

async function tool(name: string, port: number, args: string, input?: string): Promise<string> {
  const { stdout, stderr, exitCode } = await runTool(name, [...at(port), ...args.split(' ')], { input })
  expect(exitCode, stderr).toBe(0)
  return stdout
}

const read = (port: number, group: string, count: number) =>
  tool('kafka-console-consumer', port, `--topic data --from-beginning --max-messages ${count} --group ${group}`)
const lag = async (port: number, group: string) =>
  (await tool('kafka-consumer-groups', port, `--describe --group ${group}`)).replace(/ +/g, ' ').trim()

const ourProperties = {
  'controller.quorum.voters': `1@127.0.0.1:${OUR_PORT + 1}`,
  listeners: `PLAINTEXT://127.0.0.1:${OUR_PORT},CONTROLLER://127.0.0.1:${OUR_PORT + 1}`,
  'controller.listener.names': 'CONTROLLER',
  'offsets.topic.num.partitions': '3',
}

async function dumpsWithoutComplaint(dir: string): Promise<void> {
  const segments = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\/\d{20}\.(log|index|timeindex|snapshot)$/.test(name),
  )
  expect(segments.length).toBeGreaterThan(5)
  const metadata = segments.filter((name) => name.startsWith('__cluster_metadata'))
  const logs = segments.filter((name) => !name.startsWith('__cluster_metadata'))
  const paths = (names: string[]) => names.map((name) => join(dir, name)).join(',')
  for (const args of [
    ['--deep-iteration', '--files', paths(logs)],
    ['--cluster-metadata-decoder', '--files', paths(metadata.filter((name) => name.endsWith('.log')))],
  ]) {
    const { stdout, stderr, exitCode } = await runTool('kafka-dump-log', args)
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).not.toMatch(/isvalid: false|Mismatches in|Found timestamp mismatch|out of order/)
  }
}

describe.skipIf(missing)('a data directory', () => {
  it('goes from Apache to us and back', async () => {
    const dir = join(work, 'shared')
    const apache = await startBroker(dir, APACHE_PORT)
    await tool('kafka-topics', APACHE_PORT, '--create --topic data --partitions 1 --config retention.ms=-1')
    await tool('kafka-console-producer', APACHE_PORT, '--topic data', lines(1, 1000))
    await tool('kafka-console-producer', APACHE_PORT, '--topic data --compression-codec zstd', lines(1001, 2000))
    expect(await read(APACHE_PORT, 'g1', 1500)).toBe(lines(1, 1500))
    const topic = await tool('kafka-topics', APACHE_PORT, '--describe --topic data')
    const group = await lag(APACHE_PORT, 'g1')
    await apache.stop()

    const node = await startTestServer(ourProperties, { dir, port: OUR_PORT })
    expect(await tool('kafka-topics', OUR_PORT, '--describe --topic data')).toBe(topic)
    expect(await lag(OUR_PORT, 'g1')).toBe(group)
    expect(await read(OUR_PORT, 'g2', 2000)).toBe(lines(1, 2000))
    await tool('kafka-console-producer', OUR_PORT, '--topic data --compression-codec lz4', lines(2001, 3000))
    await tool('kafka-topics', OUR_PORT, '--create --topic ours --partitions 3')
    expect(await read(OUR_PORT, 'g1', 500)).toBe(lines(1501, 2000))
    const ours = await lag(OUR_PORT, 'g1')
    await node.server.close()
    await dumpsWithoutComplaint(join(dir, 'logs'))

    const again = await startBroker(dir, APACHE_PORT)
    expect(await read(APACHE_PORT, 'g3', 3000)).toBe(lines(1, 3000))
    expect(await lag(APACHE_PORT, 'g1')).toBe(ours)
    expect(await tool('kafka-topics', APACHE_PORT, '--list')).toBe('__consumer_offsets\ndata\nours\n')
    await tool('kafka-console-producer', APACHE_PORT, '--topic ours', 'from Apache\n')
    await again.stop()
  }, 180_000)

  it('that we formatted is opened by Apache', async () => {
    const dir = join(work, 'ours-first')
    const node = await startTestServer(ourProperties, { dir, port: OUR_PORT })
    await tool('kafka-topics', OUR_PORT, '--create --topic data --partitions 1')
    await tool('kafka-console-producer', OUR_PORT, '--topic data', lines(1, 100))
    await node.server.close()
    const copy = join(work, 'copy')
    cpSync(dir, copy, { recursive: true })
    const apache = await startBroker(copy, APACHE_PORT)
    expect(await read(APACHE_PORT, 'g', 100)).toBe(lines(1, 100))
    await apache.stop()
  }, 120_000)
})
