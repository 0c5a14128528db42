import { expect, it } from 'vitest'
import { closest } from '../../src/std/closest.ts'

const known = ['num.partitions', 'log.dirs', 'listeners', 'partitions', 'topic']

it.each([
  ['num.partitons', 'num.partitions'],
  ['num.partitoins', 'num.partitions'],
  ['partions', 'partitions'],
  ['listener', 'listeners'],
  ['logdirs', 'log.dirs'],
  ['tpoic', 'topic'],
  ['zookeeper.connect', undefined],
  ['x', undefined],
])('takes %s for %s', (word, meant) => {
  expect(closest(word, known)).toBe(meant)
})
