import { defineConfig } from 'vitest/config'

// The fast tests are those that need nothing but Node; what needs Java or Debian's packages ends in .compat.test.ts.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: process.env['KAFKA_TEST_SUITE'] === 'all' ? [] : ['test/**/*.compat.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
