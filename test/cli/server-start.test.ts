import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { serve } from '../../src/cli/serve.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { TestConsole } from '../support/test-console.ts'

/** The console of a server that is stopped when it says that it has started. */
class ServerConsole extends TestConsole {
  override out(text: string): void {
    super.out(text)
    if (text.includes('Kafka Server started')) setImmediate(() => this.signal('SIGTERM'))
  }
}

it('names properties that are not known, and those that were changed and do nothing', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-start-'))
  const console = new ServerConsole()
  const properties = {
    listeners: 'PLAINTEXT://127.0.0.1:0',
    'log.dirs': dir,
    'num.partitons': '3',
    'num.network.threads': '3',
    'num.io.threads': '16',
  }
  expect(await serve(properties, { console, runtime: nodeRuntime })).toBe(143)
  const warnings = console.stdout.split('\n').filter((line) => line.includes('] WARN '))
  expect(warnings.map((line) => line.replace(/^.*WARN /, ''))).toEqual([
    'Kafka knows no property num.partitons: did you mean num.partitions?',
    'Without effect: num.io.threads (one event loop does what threads, queues and buffers of these sizes do elsewhere).',
  ])
  rmSync(dir, { recursive: true })
})

it('ends with 1 when the last log directory fails, and says which', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-start-'))
  const logs = join(dir, 'logs')
  class Breaking extends TestConsole {
    override out(text: string): void {
      super.out(text)
      if (!text.includes('Kafka Server started')) return
      renameSync(logs, `${logs}.aside`)
      writeFileSync(logs, '')
    }
  }
  const console = new Breaking()
  const properties = {
    listeners: 'PLAINTEXT://127.0.0.1:0',
    'log.dirs': logs,
    'metadata.log.dir': join(dir, 'metadata'),
    'replica.high.watermark.checkpoint.interval.ms': '20',
    'log.flush.offset.checkpoint.interval.ms': '20',
    'log.initial.task.delay.ms': '0',
  }
  expect(await serve(properties, { console, runtime: nodeRuntime })).toBe(1)
  const errors = console.stdout.split('\n').filter((line) => line.includes('] ERROR '))
  expect(errors.map((line) => line.replace(/^.*ERROR /, ''))).toEqual([
    expect.stringMatching(/^Shutdown broker because its storage failed: Log directory .*logs failed: ENOTDIR: /),
  ])
  rmSync(dir, { recursive: true })
})
