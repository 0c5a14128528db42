import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describePrograms } from './programs.ts'

/** `test/compat/streams-topology.compat.test.ts` has Apache's program write the file anew, and compares. */
const golden = readFileSync(new URL('golden/topologies.txt', import.meta.url), 'utf8')

const byProgram = (text: string): Map<string, string> =>
  new Map(text.split(/^== /m).map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]))

describe('topologies', () => {
  const ours = byProgram(describePrograms())
  it.each([...byProgram(golden)].filter(([name]) => name !== ''))('%s', (name, text) => {
    expect(ours.get(name)).toBe(text)
  })
})
