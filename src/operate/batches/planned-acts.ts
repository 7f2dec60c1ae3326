import type { BatchAct, PlannedRow } from '../../core/batch.ts'
import type { OpenRow, RowToWrite } from '../../journal/index.ts'
import { makePlanAdoptions } from './plan-adoptions.ts'
import type { PlanNeeds } from './plan-at.ts'
import { makePlanDeliveries } from './plan-deliveries.ts'
import { makePlanEnforcing } from './plan-enforcing.ts'
import { makePlanGrants } from './plan-grants.ts'
import { makePlanHolds } from './plan-holds.ts'
import { makePlanProtections } from './plan-protections.ts'
import type { PlanRows } from './plan-rows.ts'

export type PlannedAct = {
  plan: PlanRows
  /** The rows of one lane are a transaction, and no others: carrying them out takes locks of people. */
  alone: boolean
}

/** How the rows of each act are planned. The journal has a table of how they are selected and carried out. */
export type PlannedActs = Readonly<Record<BatchAct, PlannedAct>>

export function makePlannedActs(needs: PlanNeeds): PlannedActs {
  const planDeliveries = makePlanDeliveries(needs)
  const planHolds = makePlanHolds(needs)
  const planGrants = makePlanGrants(needs)
  const planProtections = makePlanProtections(needs)
  const replay: PlannedAct = {
    alone: false,
    plan: async (rows, { signal }) => placePlans(rows, await planDeliveries(listSubjects(rows), signal)),
  }
  const held: PlannedAct = {
    alone: true,
    async plan(rows, { signal }) {
      // All rows of such a batch go one way.
      const direction = rows.find((row) => row.direction !== null)?.direction ?? 'deny'
      return placePlans(rows, await planHolds({ people: listSubjects(rows), direction, signal }))
    },
  }
  return {
    replay,
    recover: replay,
    release: held,
    cancel: held,
    end_grant: { alone: false, plan: async (rows) => placePlans(rows, await planGrants(listSubjects(rows))) },
    protect: {
      alone: false,
      plan: async (rows, { terms }) => placePlans(rows, await planProtections(listSubjects(rows), terms)),
    },
    adopt: { alone: true, plan: makePlanAdoptions(needs) },
    enforce: { alone: true, plan: makePlanEnforcing(needs) },
  }
}

function listSubjects(rows: readonly OpenRow[]): string[] {
  return rows.map(({ subject }) => subject)
}

function placePlans(rows: readonly OpenRow[], plans: ReadonlyMap<string, PlannedRow>): RowToWrite[] {
  return rows.flatMap(({ ordinal, subject }) => {
    const plan = plans.get(subject)
    return plan ? [{ ordinal, ...plan }] : []
  })
}
