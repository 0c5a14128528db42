import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// The fast tests are those that need nothing but Node; what needs Java or Debian's packages ends in .compat.test.ts.
const isAll = process.env['KAFKA_TEST_SUITE'] === 'all'
const atApache = process.env['KAFKA_TEST_BROKER'] === 'apache'

/** Tests of clients, tools, Streams and Connect, and not of the node that they start. */
const OF_CLIENTS = /^(client|cli|commands|tools|streams|connect)\/|^integration\/(consumer-groups|transactions)\./

/** Those of them that start a broker, which is then Apache's. */
const atBroker = (): string[] =>
  readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.test.ts') && OF_CLIENTS.test(file))
    .map((file) => `test/${file}`)
    .filter((file) => /startTestServer\(|streamsAtNode\(/.test(readFileSync(file, 'utf8')))

async function apacheMissing(): Promise<boolean> {
  const missing = (await import('./test/support/apache.ts')).apacheMissing()
  if (missing) console.warn(`the tests at Apache's broker are skipped: ${missing}`)
  return missing !== undefined
}

export default defineConfig(async () => ({
  test: {
    include: atApache ? atBroker() : ['test/**/*.test.ts'],
    ...(atApache && (await apacheMissing()) && { include: [], passWithNoTests: true }),
    exclude: isAll ? [] : ['test/**/*.compat.test.ts'],
    globalSetup: isAll || atApache ? ['test/support/fetch-apache.ts'] : [],
    // Most files wait for processes of their own as long as they work: one processor has enough to do with two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
}))
