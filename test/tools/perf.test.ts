import { describe, expect, it } from 'vitest'
import { justify } from '../../src/cli/classic/justify.ts'
import { consumeRow, intervalRow } from '../../src/tools/perf/consume.ts'
import { dateFormat } from '../../src/tools/perf/date-format.ts'
import { histogram } from '../../src/tools/perf/histogram.ts'
import { metricsText } from '../../src/tools/perf/metrics.ts'
import { ProducerStats, summaryText } from '../../src/tools/perf/producer-stats.ts'

const PREFIX = 'kafka-producer-perf-test: error:'

/** As Apache's tool printed them. */
describe('complaints of argparse', () => {
  it('are stretched in the middle', () => {
    expect(justify(`${PREFIX} argument --throughput is required`)).toBe(`${PREFIX} argument --throughput is required`)
    expect(justify(`${PREFIX} one of the arguments --record-size --payload-file --payload-monotonic is required`)).toBe(
      'kafka-producer-perf-test: error:  one  of  the  arguments  --record-size --\npayload-file --payload-monotonic is required',
    )
    expect(justify(`${PREFIX} argument --payload-monotonic: not allowed with argument --record-size`)).toBe(
      'kafka-producer-perf-test: error: argument  --payload-monotonic: not allowed\nwith argument --record-size',
    )
    expect(justify(`${PREFIX} --num-records should be greater than zero.`)).toBe(
      'kafka-producer-perf-test:  error:  --num-records  should  be  greater  than\nzero.',
    )
    expect(
      justify(
        `${PREFIX} At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or --command-config must be specified.`,
      ),
    ).toBe(
      'kafka-producer-perf-test: error: At  least  one  of  --bootstrap-server, --\ncommand-property, --producer-props,  --producer.config  or --command-config\nmust be specified.',
    )
  })
})

describe('figures', () => {
  it('of a producer count evenly spread samples', () => {
    const lines: string[] = []
    const report = (line: string) => lines.push(line)
    const stats = new ProducerStats({ records: 1_000_000, intervalMs: 5000, steady: false, now: 0, report })
    for (let i = 0; i < 100; i++) stats.record(10_000, 1_000_000, i, i * 100)
    expect(lines).toEqual([
      '510000 records sent, 102000.0 records/sec (9.73 MB/sec), 25.0 ms avg latency, 50.0 ms max latency.',
    ])
    expect(summaryText(stats.summary(10_000), false)).toBe(
      '1000000 records sent, 100000.000000 records/sec (9.54 MB/sec), 49.50 ms avg latency, 99.00 ms max latency, 50 ms 50th, 95 ms 95th, 99 ms 99th, 99 ms 99.9th.',
    )
  })

  it('of a consumer are rows', () => {
    const figures = { startMs: 0, endMs: 2000, records: 1000, bytes: 1024 * 1024, joinMs: 1000 }
    const date = (ms: number) => `at ${ms}`
    expect(consumeRow(figures, date)).toBe(
      'at 0, at 2000, 1.0000, 0.5000, 1000, 500.0000, 1000, 1000, 1.0000, 1000.0000',
    )
    expect(intervalRow({ ...figures, joinMs: 2000, totalRecords: 5000, totalBytes: 5 * 1024 * 1024 }, date)).toBe(
      'at 2000, 0, 5.0000, 0.5000, 5000, 500.0000, 2000, 0, 0.0000, 0.0000',
    )
  })

  it('of clients are a table', () => {
    const row = (name: string, value: number | string, tags = {}) => ({
      ...{ group: 'g', name, value },
      tags: { 'client-id': 'c', ...tags },
    })
    const rows = [
      row('rate', 1.5),
      row('rate', Number.NaN, { topic: 't' }),
      row('version', '1.0'),
      row('start-time-ms', 5),
    ]
    expect(metricsText(rows)).toBe(`
Metric Name                     Value
g:rate:{client-id=c, topic=t} : NaN
g:rate:{client-id=c}          : 1.500
g:start-time-ms:{client-id=c} : 5
g:version:{client-id=c}       : 1.0
`)
  })
})

describe('date patterns', () => {
  it('are written as Java writes them', () => {
    const time = Date.UTC(2026, 0, 31, 13, 5, 9, 7) + new Date(2026, 0, 31).getTimezoneOffset() * 60_000
    expect(dateFormat('yyyy-MM-dd HH:mm:ss:SSS')(time)).toBe('2026-01-31 13:05:09:007')
    expect(dateFormat("EEE d MMM yy 'at' h 'o''clock' a")(time)).toBe("Sat 31 Jan 26 at 1 o'clock PM")
    expect(() => dateFormat('bogus')).toThrow("Illegal pattern character 'b'")
  })
})

describe('a histogram', () => {
  it('has a bar for every step between the fastest and the slowest', () => {
    const latencies: [number, number][] = [
      [0.7, 10],
      [1, 20],
      [1.9, 20],
      [12, 50],
    ]
    expect(histogram(latencies, 40)).toEqual([
      '0.5 - 1 ms  10.0 %  ███▋',
      '  1 - 2 ms  40.0 %  ██████████████▍',
      '  2 - 5 ms   0.0 %',
      ' 5 - 10 ms   0.0 %',
      '10 - 20 ms  50.0 %  ██████████████████',
    ])
    expect(histogram([[0.004, 1]], 40)).toEqual(['0 - 0.01 ms 100.0 %  █████████████████'])
    expect(
      histogram(
        [
          [0, 3],
          [1, 1],
        ],
        30,
      ),
    ).toEqual(['0 - 1 ms  75.0 %  ██████████', '1 - 2 ms  25.0 %  ███▍'])
    expect(histogram([[1500, 1]], 30)[0]).toMatch(/^1,000 - 2,000 ms 100\.0 % {2}█+$/)
    expect(histogram([], 40)).toEqual([])
  })
})
