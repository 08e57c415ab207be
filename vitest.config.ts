import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/rehearsal/page/bundle.ts'],
    // Much of a test's time is spent waiting for other processes: on two processors, two files at
    // once take little more than half of the time.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
