import { expect, test } from 'vitest'
import type { CallBudget, CallClass } from '../../../src/core/call-budget.ts'
import { makeNotes, noWorkScope } from '../../../src/core/work-scope.ts'
import { takeOpening } from '../../../src/engine/sync/take-opening.ts'

function makeBudget(granted: number) {
  const back: [CallClass, number][] = []
  const budget = {
    take: async () => ({ granted, waitSeconds: 3 }),
    giveBack: (callClass: CallClass, calls: number) => void back.push([callClass, calls]),
  } as unknown as CallBudget
  return { back, vendor: { id: 'one', budget } }
}

test('a run gives back at its end what it took of a limit and did not call', async () => {
  const [authority, target] = [makeBudget(1), makeBudget(2)]
  const notes = makeNotes()
  const scope = { ...noWorkScope, notes: () => notes }
  const opening = await takeOpening({ authority: authority.vendor, target: target.vendor, scope })
  if (opening.refused) throw new Error('It was refused')
  notes.called.set(authority.vendor.budget, 1)
  opening.end()
  expect([authority.back, target.back]).toEqual([[], [['opening', 2]]])
})

test('a run that is refused at its target gives back what it took at the authority', async () => {
  const [authority, target] = [makeBudget(1), makeBudget(0)]
  const opening = await takeOpening({ authority: authority.vendor, target: target.vendor, scope: noWorkScope })
  expect(opening).toMatchObject({ refused: { kind: 'busy', waitSeconds: 3 } })
  expect(authority.back).toEqual([['opening', 1]])
})
