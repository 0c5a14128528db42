import { describe, expect, it } from 'vitest'
import { Output } from '../../src/cli/native/output.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { TestConsole } from '../support/test-console.ts'

const columns = [
  { title: 'TOPIC', value: ({ topic }: { topic: string }) => topic },
  { title: 'LAG', value: ({ lag }: { lag?: number }) => lag },
]

async function printed(outputWidth: number, topic: string): Promise<string> {
  const console = new TestConsole()
  console.outputIsTerminal = true
  console.outputWidth = outputWidth
  const output = new Output({ console, runtime: nodeRuntime }, 'text')
  await output.table([{ topic, lag: 3 }, { topic: 'b' }], columns)
  return console.stdout
}

describe('a table on a terminal', () => {
  it('has lines where there is room for them, but not between rows', async () =>
    expect((await printed(80, 'orders')).trimEnd().split('\n')).toHaveLength(6))

  it('has none where it just fits', async () =>
    expect(await printed(14, 'orders')).toBe('TOPIC   LAG\norders    3\nb         -\n'))

  it('has long cells in several lines where it does not', async () =>
    expect(await printed(24, 'a.topic-with.a-long-name-of-words')).toBe(
      'TOPIC                LAG\na.topic-with.a-        3\nlong-name-of-words\nb                      -\n',
    ))

  it('does not break a word of a long cell that has room below', async () =>
    expect(await printed(24, 'payments.settlement.eu-west.reconciliation')).toBe(
      'TOPIC                LAG\npayments.              3\nsettlement.eu-west.\nreconciliation\nb                      -\n',
    ))

  it('is a block for each row where not even that helps', async () =>
    expect(await printed(14, 'a-topic-with-a-name')).toBe(
      'TOPIC  a-topic-with-a-name\nLAG    3\n\nTOPIC  b\nLAG    -\n',
    ))
})
