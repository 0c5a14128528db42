import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Stat, Together } from '../../../src/client/metrics/stat.ts'

/** `test/support/java/StatsGolden.java` made the file with Apache's classes. */
const lines = readFileSync(new URL('golden/stats.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('|'))

const seriesOf = (window: number) => lines.filter(([ms]) => Number(ms) === window)

it.each([30_000, 5000, 1000])('tells what Kafka tells, in windows of %i ms', (windowMs) => {
  let stat: Stat | undefined
  let samples: string | undefined
  for (const [, count, sign, time, ...values] of seriesOf(windowMs)) {
    if (count !== samples) stat = new Stat({ windowMs, samples: Number(count) })
    samples = count
    const now = Number(time)
    if (sign === '+') stat!.record(Number(values[0]), now)
    else {
      const told = [stat!.rate(now), stat!.countRate(now), stat!.average(now), stat!.max(now), stat!.min(now)]
      const text = told.map((value) => value.toFixed(6).replace(/^-0.000000$/, '0.000000'))
      expect([count, time, ...text]).toEqual([count, time, ...values])
    }
  }
})

it('adds all values up', () => {
  const stat = new Stat({ windowMs: 10, samples: 2 })
  for (let i = 0; i < 100; i++) stat.record(i, i * 7)
  expect([stat.total, stat.count]).toEqual([4950, 100])
})

it('tells of several as of one', () => {
  const rules = { windowMs: 100, samples: 2 }
  const parts = [new Stat(rules), new Stat(rules), new Stat(rules)]
  const one = new Stat(rules)
  for (let i = 0; i < 50; i++) {
    parts[i % 2]!.record(i, i)
    one.record(i, i)
  }
  const all = new Together(() => parts)
  expect([all.total, all.count]).toEqual([one.total, one.count])
  expect([all.average(60), all.max(60)]).toEqual([one.average(60), one.max(60)])
  expect(all.rate(60)).toBeCloseTo(one.rate(60), -2)
  expect(new Together(() => []).max(0)).toBeNaN()
})
