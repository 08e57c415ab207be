import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Many tests start a browser, a database or the program itself; on a busy machine of a CI one
    // may come late. What fails again is a fault.
    retry: process.env.CI ? 2 : 0,
  },
})
