import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OptionSpec } from '../../src/cli/classic/option-parser.ts'
import { classicTools } from '../../src/cli/classic/registry.ts'
import { Consumer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** The command lines that Apache's help has after "Example:", all of which are in descriptions of options. */
const folder = new URL('../../src/cli/classic/', import.meta.url)
const examples: [string, string][] = []
for (const file of readdirSync(folder).filter((name) => name.endsWith('-options.ts'))) {
  const exported: unknown[] = Object.values(await import(new URL(file, folder).href))
  const tool = file.replace('-options.ts', '')
  for (const option of exported.flat() as Partial<OptionSpec>[])
    for (const [, line] of option?.text?.matchAll(/^Example: (.*)$/gm) ?? []) examples.push([tool, line as string])
}

let server: TestServer
let consumer: Consumer
beforeAll(async () => {
  server = await startTestServer()
  expect(await run('topics', '--create --topic orders --bootstrap-server localhost:9092')).toMatchObject({ code: 0 })
  consumer = new Consumer({ 'bootstrap.servers': server.bootstrap, 'group.id': 'group1' }, nodeRuntime)
  consumer.subscribe(['orders'])
  while (consumer.assignment().length === 0) await consumer.poll(100)
})
afterAll(async () => {
  await consumer.close()
  await server.close()
})

const run = async (tool: string, line: string) =>
  runClassic(
    await (classicTools[tool] as NonNullable<(typeof classicTools)[string]>)(),
    line.replace('localhost:9092', server.bootstrap).split(' '),
  )

describe("the examples in Apache's help", () => {
  it('are found', () => expect(examples.length).toBeGreaterThan(4))

  it.each(examples)('kafka-%s %s', async (tool, line) => {
    const { code, out, err } = await run(tool, line)
    expect({ code, err: err.replace(/^\s*/, '') }).toEqual({ code: 0, err: '' })
    expect(out).toContain('group1')
  })
})
