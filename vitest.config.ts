import { defineConfig } from 'vitest/config'
import { RetryReporter } from './test/support/retry-reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'connectors/**/*.test.ts', 'actions/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than the two processors of a small machine: a third of the time, tests wait for timers and processes.
    maxWorkers: 3,
    // A test that runs in this process is never tried again, in CI neither: a race that it finds one time in ten is a
    // defect. Process tests are those of files with the comment `@module-tag process`; test/retries.test.ts keeps it
    // to files that start processes. The reporter prints what was tried again, and fails a run with more than one.
    retry: 0,
    tags: [
      {
        name: 'process',
        description: 'Starts, stops and kills real processes, which wait for the processors of a shared machine.',
        retry: process.env.CI ? 1 : 0,
      },
    ],
    reporters: ['default', new RetryReporter()],
  },
})
