import type { BatchTerms, PlannedChange, PlannedRow } from '../../core/batch.ts'
import { ownConnector } from '../../core/lane.ts'
import type { Protectable } from '../../journal/index.ts'
import { makePlan, type PlanNeeds } from './plan-at.ts'

/** Plans what it would change on the list of the protected that these people are put on it, by their ids. */
export type PlanProtections = (ids: readonly string[], terms: BatchTerms) => Promise<Map<string, PlannedRow>>

export function makePlanProtections({ journal, clock }: Pick<PlanNeeds, 'journal' | 'clock'>): PlanProtections {
  return async (ids, { until = '' }) => {
    const planned = new Map<string, PlannedRow>(
      ids.map((id) => [id, makePlan({ plan: 'superseded', code: 'unknown_person' })]),
    )
    const isOver = !(Date.parse(until) > clock.now().getTime())
    for (const person of await journal.batches.readProtectable(ids)) {
      const plan = isOver ? makePlan({ plan: 'superseded', code: 'time_over' }) : planProtection(person, until)
      planned.set(person.id, plan)
    }
    return planned
  }
}

function planProtection({ id, until: before }: Protectable, until: string): PlannedRow {
  if (before !== null && Date.parse(before) === Date.parse(until)) {
    return makePlan({ plan: 'nothing', code: 'protected_already' })
  }
  const change: PlannedChange = {
    ...{ connector: ownConnector, target: id, action: 'protect', direction: 'neutral' },
    summary: 'Hold what would lock them out until an operator releases it',
    before: { protectedUntil: before },
    after: { protectedUntil: until },
  }
  return makePlan({ plan: 'would_change', changes: [change] })
}
