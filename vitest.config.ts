import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// The fast tests are those that need nothing but Node; what needs Java or Debian's packages ends in .compat.test.ts.
const isAll = process.env['KAFKA_TEST_SUITE'] === 'all'
const needsApache = isAll || process.env['KAFKA_TEST_BROKER'] === 'apache'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: isAll ? [] : ['test/**/*.compat.test.ts'],
    globalSetup: needsApache ? ['test/support/fetch-apache.ts'] : [],
    // Most files wait for processes of their own as long as they work: one processor has enough to do with two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
