import { expect, it } from 'vitest'
import { wordsOf } from '../../src/tools/streams/word-count-demo.ts'

/** What Java's `split("\\W+")` gives. */
it.each([
  ['Hello, Kafka Streams!', ['hello', 'kafka', 'streams']],
  ['  x', ['', 'x']],
  ['', ['']],
  ['!!!', []],
])('the words of %j', (line, words) => {
  expect(wordsOf(line)).toEqual(words)
})
