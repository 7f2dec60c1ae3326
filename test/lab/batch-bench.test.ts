import { expect, test } from 'vitest'
import { summariseBatch } from '../../lab/bench/batch.ts'
import { listBatchTables } from '../../lab/bench/batch-table.ts'
import { sumFaults } from '../../lab/bench/carried-out.ts'

const clean = { rows: 1000, notCarriedOut: 0, notOrdered: 0, orderedTwice: 0, notRun: 0, runTwice: 0 }

test('says what share of its budget a batch reached, and how long nothing happened after a SIGKILL', () => {
  const summary = summariseBatch({ rows: 1000, applySeconds: 5, replayBudget: 400, awaysMs: [3000, 1000, 2000] })
  expect(summary).toMatchObject({ perSecond: 200, share: 0.5, kills: 3, awayP50Ms: 2000, awayMostMs: 3000 })
})

test('counts whatever was lost apart from whatever was done twice', () => {
  expect(sumFaults(clean)).toEqual({ lost: 0, twice: 0 })
  expect(sumFaults({ ...clean, notCarriedOut: 1, notOrdered: 2, notRun: 4 })).toEqual({ lost: 7, twice: 0 })
  expect(sumFaults({ ...clean, orderedTwice: 1, runTwice: 2 })).toEqual({ lost: 0, twice: 3 })
})

test('shows the aims beside what was reached', () => {
  const summary = summariseBatch({ rows: 1000, applySeconds: 5, replayBudget: 400, awaysMs: [1000] })
  const outcome = { ...clean, runTwice: 2 }
  const [table] = listBatchTables({ rows: 1000, planSeconds: 1, drainSeconds: 2, outcome, ...summary })
  expect(table?.title).toContain('1,000 replays at a budget of 400/s, 1 times a SIGKILL')
  expect(table?.rows).toContainEqual(['of the budget', '0.50', '≥ 0.9'])
  expect(table?.rows).toContainEqual(['done twice: on record, or run', '2', '0'])
})
