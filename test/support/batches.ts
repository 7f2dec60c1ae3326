import { batchActs, type PlannedRow } from '../../src/core/batch.ts'
import type { PlannedActs } from '../../src/operate/batches/planned-acts.ts'

/** Acts of which each row has the plan that is made now. */
export function makeStubActs(makePlan: () => PlannedRow | Promise<PlannedRow>): PlannedActs {
  const plan: PlannedActs['replay']['plan'] = (rows) =>
    Promise.all(rows.map(async ({ ordinal }) => ({ ordinal, ...(await makePlan()) })))
  const acts = batchActs.map((act) => [act, { plan, alone: act === 'release' || act === 'cancel' }])
  return Object.fromEntries(acts)
}
