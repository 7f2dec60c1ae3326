import { afterAll, describe, expect, test } from 'vitest'
import { describeApi } from './api.cases.ts'
import { describeBrake } from './brake.cases.ts'
import { titles } from './cases.ts'
import { exceptions } from './exceptions.ts'
import { describeHooks } from './hooks.cases.ts'
import { describeInlineHooks } from './inline.cases.ts'
import { describeRecovery } from './recovery.cases.ts'
import type { Runtime } from './runtime.ts'
import { describeShippedEntry } from './shipped-entry.cases.ts'

/** All cases, against the hub of one runtime. */
export function describeSuite(runtime: Runtime): void {
  describe(runtime.title, () => {
    afterAll(() => runtime[Symbol.asyncDispose]())
    describeHooks(runtime)
    describeInlineHooks(runtime)
    describeRecovery(runtime)
    describeBrake(runtime)
    describeApi(runtime)
    describeShippedEntry(runtime)

    test('makes exceptions of cases that exist', () => {
      const unknown = exceptions.filter(({ case: title }) => !titles.has(title))
      expect(unknown).toEqual([])
    })
  })
}
