import { defineConfig } from 'vitest/config'
import shipped from '../../vitest.config.ts'

/** The suite in the runtimes that have a run of their own, and what else takes minutes there: each starts its own database. */
export default defineConfig({
  test: {
    ...shipped.test,
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/suite/*.suite.ts', 'test/cloudflare/*.edge.ts'],
    globalSetup: [],
  },
})
