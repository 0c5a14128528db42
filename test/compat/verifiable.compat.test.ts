import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as consumer from '../../src/cli/classic/verifiable-consumer.ts'
import * as producer from '../../src/cli/classic/verifiable-producer.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { runClassic } from '../support/test-console.ts'

/** kafka-verifiable-producer and -consumer, Apache's and ours, at one of Apache's brokers, each with a topic and a group of its own. */
const missing = apacheMissing()
if (missing) console.warn(`the verifiable tools are not held against Apache's: ${missing}`)

const PORT = 23_700
const work = mkdtempSync(path.join(tmpdir(), 'verifiable-'))
const config = path.join(work, 'client.properties')
let broker: ApacheBroker

interface Event {
  name: string
  timestamp?: number
  avg_throughput?: number
}

/** Lines as values: the order of fields is chance in Java, times and rates are what they are. */
function events(text: string): (Event | string)[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      if (!line.startsWith('{')) return line
      const { timestamp, avg_throughput, ...event } = JSON.parse(line) as Event
      expect(timestamp).toBeGreaterThan(1.7e12)
      return event.name === 'tool_data' ? { ...event, isRate: typeof avg_throughput === 'number' } : event
    })
}

describe.skipIf(missing !== undefined)('the verifiable tools', () => {
  beforeAll(async () => {
    writeFileSync(config, 'linger.ms=1\nfetch.max.wait.ms=100\n')
    broker = await startBroker(work, PORT)
  }, 120_000)
  afterAll(async () => {
    await broker.stop()
    rmSync(work, { recursive: true, force: true })
  }, 60_000)

  async function both(tool: 'producer' | 'consumer', args: string) {
    const fill = (who: string) =>
      args.replaceAll('SERVER', `--bootstrap-server ${broker.bootstrap}`).replaceAll('WHO', who).replace('FILE', config)
    const words = (who: string) => fill(who).split(' ').filter(Boolean)
    const theirs = await runTool(`kafka-verifiable-${tool}`, words('theirs'))
    const ours = await runClassic(tool === 'producer' ? producer : consumer, words('ours'))
    const same = (text: string) => text.replaceAll('theirs', 'WHO').replaceAll('ours', 'WHO')
    return {
      theirs: { code: theirs.exitCode, out: events(same(theirs.stdout)), err: theirs.stderr },
      ours: { code: ours.code, out: events(same(ours.out)), err: ours.err },
    }
  }

  it.each([
    ['producer', ''],
    ['producer', '--help'],
    ['producer', '--topic t'],
    ['producer', 'SERVER'],
    ['producer', 'SERVER --topic t --nope'],
    ['producer', 'SERVER --topic t --max-messages x'],
    ['producer', 'SERVER --topic t --throughput'],
    ['producer', 'SERVER --topic t --value-prefix p'],
    ['producer', 'SERVER --topic t --producer.config a --command-config b'],
    ['producer', 'SERVER --topic t --command-config /nowhere'],
    ['producer', 'SERVER --topic WHO --max-messages 0'],
    ['producer', 'SERVER --topic WHO --max-messages 5 --throughput 100 --acks 1'],
    ['producer', 'SERVER --topic WHO --max-messages 5 --value-prefix 7 --repeating-keys 2 --message-create-time 1000'],
    ['producer', 'SERVER --topic WHO --max-messages 2 --producer.config FILE'],
    ['consumer', ''],
    ['consumer', '--help'],
    ['consumer', 'SERVER --topic WHO'],
    ['consumer', 'SERVER --topic WHO --group-id g --session-timeout x'],
    ['consumer', 'SERVER --topic WHO --group-id WHO-1 --max-messages 12 --verbose --command-config FILE'],
    ['consumer', 'SERVER --topic WHO --group-id WHO-2 --max-messages 12 --consumer.config FILE --enable-autocommit'],
    ['consumer', 'SERVER --topic WHO --group-id WHO-3 --max-messages 2 --session-timeout 10000 --group-instance-id i'],
    ['consumer', 'SERVER --topic WHO --group-id WHO-1 --max-messages 0'],
    ['consumer', 'SERVER --topic WHO --group-id WHO-4 --group-protocol consumer --max-messages 12 --verbose'],
    [
      'consumer',
      'SERVER --topic WHO --group-id WHO-5 --group-protocol consumer --group-remote-assignor range --max-messages 2 --group-instance-id i',
    ],
  ] as const)(
    '%s %s',
    async (tool, args) => {
      const { ours, theirs } = await both(tool, args)
      expect(ours).toEqual(theirs)
    },
    40_000,
  )

  it("tell of records that did not arrive, and end with 1 where Apache's ends with 0", async () => {
    const { ours, theirs } = await both('producer', 'SERVER --topic bad/name --max-messages 1')
    const withoutMessage = (out: readonly (Event | string)[]) =>
      out.map((event) => ({ ...(event as object), message: '' }))
    expect(withoutMessage(ours.out)).toEqual(withoutMessage(theirs.out))
    expect([ours.code, theirs.code]).toEqual([1, 0])
  }, 40_000)
})
