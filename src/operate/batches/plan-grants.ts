import type { PlannedChange, PlannedRow } from '../../core/batch.ts'
import type { Endable } from '../../journal/index.ts'
import { cannotTell, makePlan, type PlanNeeds } from './plan-at.ts'

/**
 * Plans what the end of these grants would take away, by their ids, if all of them ended. The journal knows what the hub
 * gave; whether it is there still is read when it is taken away.
 */
export type PlanGrants = (ids: readonly string[]) => Promise<Map<string, PlannedRow>>

export function makePlanGrants({ journal, installed }: PlanNeeds): PlanGrants {
  const known = new Set(installed.map(({ id }) => id))
  return async (ids) => {
    const planned = new Map<string, PlannedRow>(
      ids.map((id) => [id, makePlan({ plan: 'superseded', code: 'grant_over' })]),
    )
    for (const grant of await journal.batches.readEndable(ids)) {
      if (!grant.isOver)
        planned.set(grant.id, known.has(grant.connector) ? planEnd(grant) : cannotTell('not_configured'))
    }
    return planned
  }
}

function planEnd(grant: Endable): PlannedRow {
  const { connector, target, label, application, until, hadBefore, isGivenElsewhere } = grant
  if (hadBefore) return makePlan({ plan: 'nothing', code: 'had_before' })
  if (isGivenElsewhere) return makePlan({ plan: 'nothing', code: 'given_elsewhere' })
  const change: PlannedChange = {
    ...{ connector, target, action: 'end_grant', direction: 'deny' },
    summary: `Take ${label || application} of ${application} away`,
    before: { granted: true, until },
    after: { granted: false },
  }
  return makePlan({ plan: 'would_change', changes: [change] })
}
