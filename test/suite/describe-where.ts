import { describe, test } from 'vitest'
import { describeSuite } from './describe-suite.ts'
import type { Runtime } from './runtime.ts'

/** The suite, where the runtime can be had. Where it cannot, it says why and is skipped; in CI that is a failure. */
export async function describeWhere(lacks: string | null, prepare: () => Promise<Runtime>): Promise<void> {
  if (lacks === null) return describeSuite(await prepare())
  if (process.env.CI) throw new Error(`The suite cannot run in CI: ${lacks}.`)
  // vitest does not print the titles of what it skips.
  process.stderr.write(`The suite is not run here: ${lacks}.\n`)
  describe('the suite', () => test.skip(`is not run here: ${lacks}`))
}
