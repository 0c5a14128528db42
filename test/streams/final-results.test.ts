import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { EmitStrategy, StreamsBuilder, UnlimitedWindows } from '../../src/streams/index.ts'
import { readOffsetTimes, writeOffsetTimes } from '../../src/streams/tasks/offset-metadata.ts'
import { streamsAtNode, whereProcessesAreKilled } from './at-node.ts'
import { type StreamsHarness, spell } from './harness.ts'
import { Processes } from './processes.ts'

const program = new URL('killed-process.ts', import.meta.url)
const processes = new Processes()
let harness: StreamsHarness

streamsAtNode((given) => {
  harness = given
}, whereProcessesAreKilled)
afterAll(() => processes.killAll())

/** `test/support/java/OffsetMetadataGolden.java` made the file with Apache's class: partition time, stores with their times, and the text. */
const golden = readFileSync(new URL('golden/offset-metadata.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')

describe("what is committed beside offsets, against Java's", () => {
  it.each(golden)('%s', (line) => {
    const [time, stores = '', text = ''] = line.split('|')
    const closedAt = new Map(
      stores.split(',').flatMap((entry) => {
        const [name = '', at] = entry.split('=')
        return name === '' ? [] : [[name, Number(at)] as const]
      }),
    )
    const times = { partitionTime: Number(time), closedAt }
    expect(readOffsetTimes(text)).toEqual(times)
    // Of several stores Java's hash makes the order.
    if (closedAt.size < 2) expect(writeOffsetTimes(times)).toBe(text)
    else expect(readOffsetTimes(writeOffsetTimes(times))).toEqual(times)
  })

  it('says nothing where it is none', () => {
    for (const text of ['', 'of another client', 'AgAAAAAAAAABAAAA', 'CQAAAAAAAAAB'])
      expect(readOffsetTimes(text)).toEqual({ partitionTime: -1, closedAt: new Map() })
  })
})

const KEYS = Array.from({ length: 20 }, (_, at) => `key${at}`)
/** When the first window begins: retention takes away what is dated a week ago, in topics and in changelogs. */
const BEGIN = Math.floor(Date.now() / 1000) * 1000

describe('final results of windows', () => {
  it.each(['at_least_once', 'exactly_once_v2'])(
    'go on when instances are killed and hand over, %s',
    async (guarantee) => {
      const id = `final-${guarantee}`
      await harness.topics({ [`${id}-in`]: 3, [`${id}-out`]: 1 })
      const start = () => processes.start(program, harness.bootstrap, id, guarantee, 'final')
      const round = (window: number) =>
        harness.produce(
          ...KEYS.map((key) => ({ topic: `${id}-in`, key, value: 'x', timestamp: BEGIN + window * 1000 + 500 })),
        )
      const closed = (windows: number) =>
        KEYS.flatMap((key) =>
          Array.from({ length: windows }, (_, window) => `${key}@${BEGIN + window * 1000}=x`),
        ).sort()
      let before = start()
      await before.running
      await round(0)
      for (let window = 1; window <= 4; window++) {
        await round(window)
        const next = start()
        // Killed in the middle: some windows have gone on, others have not.
        await harness.read(`${id}-out`, (found) => found.length > (window - 1) * KEYS.length + 3)
        await before.kill()
        await next.running
        const want = closed(window)
        const isThere = (found: readonly string[]) => want.every((line) => found.includes(line))
        const records = (await harness.read(`${id}-out`, (found) => isThere(found.map(spell)))).map(spell)
        // With at least once a result may come twice; exactly once means what it says.
        if (guarantee === 'exactly_once_v2') expect(records.sort()).toEqual(want)
        before = next
      }
      await before.kill()
    },
    120_000,
  )

  it('are not to be had of windows that never close', () => {
    const grouped = new StreamsBuilder().stream<string, string>('in').groupByKey()
    expect(() => grouped.windowedBy(UnlimitedWindows.of()).emitStrategy(EmitStrategy.onWindowClose())).toThrow(
      'ON_WINDOW_CLOSE emit strategy cannot be used for UnlimitedWindows',
    )
  })
})
