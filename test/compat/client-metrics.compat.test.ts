import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classicTools } from '../../src/cli/classic/registry.ts'
import { Admin } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { apacheMissing, javaLine, runTool } from '../support/apache.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** What clients tell of their work, under the names and with the arithmetic of Apache's. */
const missing = apacheMissing()
if (missing) console.warn(`metrics of clients are not compared with Apache's: ${missing}`)

/** Of Java's threads, selectors and callbacks, and of builds; there is nothing like them in our clients. */
const ONLY_THEIRS =
  /:(commit-id|application-event|background-event|unsent-requests|time-between-network|io-|select-|buffer-exhausted|bufferpool|waiting-threads|txn-(begin|prepare)|failed-re|reauthentication-latency|successful-authentication-no-reauth|failed-rebalance|partition-(assigned|revoked|lost))/

let node: TestServer
const line = (...args: string[]) => [
  '--bootstrap-server',
  node.bootstrap,
  '--topic',
  'metered',
  '--print-metrics',
  ...args,
]
const produce = () => line('--num-records', '2000', '--record-size', '100', '--throughput', '-1')
// Java's consumer counts an answer when the next one is begun.
const consume = () => line('--num-records', '3000', '--fetch-size', '20000', '--timeout', '20000')
const share = (who: string) => [...consume(), '--group', `${who}-share`]

describe.skipIf(missing)("the clients' metrics", () => {
  beforeAll(async () => {
    node = await startTestServer()
    const admin = new Admin({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
    const ops = [{ name: 'share.auto.offset.reset', op: 'set', value: 'earliest' }] as const
    await admin.incrementalAlterConfigs(
      ['theirs', 'ours'].map((who) => ({ type: 'group', name: `${who}-share`, ops }) as const),
    )
    await admin.close()
  })
  afterAll(() => node.close())

  it.each([
    ['producer-perf-test', 'kafka-producer-perf-test', produce],
    ['consumer-perf-test', 'kafka-consumer-perf-test', consume],
    ['share-consumer-perf-test', 'org.apache.kafka.tools.ShareConsumerPerformance', share],
  ])(
    'have the names of those of Apache: %s',
    async (tool, apache, args) => {
      const theirs = await runTool(apache, args('theirs'))
      const { main } = await classicTools[tool]!()
      const ours = await runClassic({ main }, args('ours'))
      const expected = namesIn(theirs.stdout).filter((name) => !ONLY_THEIRS.test(name))
      expect(namesIn(ours.out)).toEqual(expected)
      expect(totalsIn(ours.out)).toEqual(totalsIn(theirs.stdout))
    },
    60_000,
  )

  it('are reckoned from values as those of Apache', async () => {
    const program = fileURLToPath(new URL('../support/java/StatsGolden.java', import.meta.url))
    const { stdout } = await execa('java', [...javaLine(), program], { stripFinalNewline: false })
    expect(readFileSync(new URL('../client/metrics/golden/stats.txt', import.meta.url), 'utf8')).toBe(stdout)
  }, 60_000)
})

const rowsIn = (text: string) =>
  [...text.matchAll(/^(\S+:\S+:\{.*\}) +: (\S+)$/gm)].map(([, name, value]) => [name!, value!] as const)

/** Without the values of tags; connections to brokers are named in a way of their own. */
const namesIn = (text: string): string[] =>
  [...new Set(rowsIn(text).map(([name]) => name.replace(/=[^,}]*/g, '')))].sort()

/** What cannot but be the same. */
const totalsIn = (text: string) =>
  rowsIn(text).filter(([name]) => /record-(send|error|retry)-total|compression-rate|buffer-total/.test(name))
