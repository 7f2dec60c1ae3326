import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'connectors/**/*.test.ts', 'actions/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Real processes, databases and leases on two shared cores: once more in CI before a change is refused. Not at a desk.
    retry: process.env.CI ? 2 : 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
