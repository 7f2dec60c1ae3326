import type { PlannedChange, PlannedRow, RowCode } from '../../core/batch.ts'
import type { Change } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import { CredentialError } from '../../core/errors.ts'
import type { HubPolicy } from '../../core/policy.ts'
import { hideSecretsIn } from '../../core/redact.ts'
import { noWorkScope, runPaced, type WorkScope } from '../../core/work-scope.ts'
import { listChanges, makePlanning } from '../../engine/sync/plan.ts'
import { readState } from '../../host/authority.ts'
import type { Installed } from '../../host/installed.ts'
import type { Journal, KnownPerson } from '../../journal/index.ts'
import { laneOfKnown } from '../lane-of-known.ts'
import { hashPlan } from './hash-plan.ts'

export type PlanAtQuestion = {
  person: KnownPerson
  connector: string
  cause: { eventId: string; type: string; time: string }
  idempotencyKey: string
  signal: AbortSignal
  /** Connectors that nobody asks now. */
  paused: ReadonlySet<string>
}

/** Plans what a run would do now to a person at a connector. It never rejects, but for its signal. */
export type PlanAt = (question: PlanAtQuestion) => Promise<PlannedRow>

export type PlanNeeds = {
  journal: Pick<Journal, 'batches' | 'queue' | 'records'>
  installed: readonly Installed[]
  clock: Clock
  /** How the hub runs; left out: it does not observe. */
  mode?: HubPolicy['mode']
  scope?: WorkScope | undefined
}

/** Makes the planning of one person at one connector, by the connector's own plan and what a run adds to it. */
export function makePlanAt({ journal, installed, clock, scope = noWorkScope }: PlanNeeds): PlanAt {
  const { planPerson } = makePlanning({ installed, journal, clock })

  const plan = async (question: PlanAtQuestion, place: { installed: Installed; authority: Installed }) => {
    const { person, connector, cause, idempotencyKey, signal } = question
    const state = await readState({ authority: place.authority, person, signal, clock })
    if ('kind' in state) return makePlan({ plan: 'nothing', code: 'unknown_person' })
    const subject = { person, state, cause, attempt: 1, idempotencyKey }
    const found = await planPerson(subject, { ...place, signal })
    const lane = laneOfKnown(person, place.installed)
    const changes = listChanges(found, { lane, installed: place.installed, state })
    if (changes.length > 0) return makePlan({ plan: 'would_change', changes: changes.map(toPlanned(connector)) })
    if (found.conflicts?.length) return makePlan({ plan: 'nothing', code: 'conflict' })
    return makePlan({ plan: 'nothing', code: state.access === 'unknown' ? 'unknown_status' : null })
  }

  return async (question) => {
    const { person, connector, paused, signal } = question
    const target = installed.find(({ id }) => id === connector)
    const authority = installed.find(({ id }) => id === person.source)
    if (!target || !authority) return cannotTell('not_configured')
    if (paused.has(target.id) || paused.has(authority.id)) return cannotTell('paused')
    try {
      return await runPaced(scope, { connector, calls: 'plan' }, () => plan(question, { installed: target, authority }))
    } catch (thrown) {
      signal.throwIfAborted()
      return cannotTell(thrown instanceof CredentialError ? 'credential' : 'not_read')
    }
  }
}

/** The connectors that nobody asks now. */
export async function listPausedIds({ queue }: Pick<Journal, 'queue'>): Promise<ReadonlySet<string>> {
  return new Set((await queue.listConnectorStates()).flatMap((one) => (one.pausedUntil ? one.id : [])))
}

export function cannotTell(code: RowCode): PlannedRow {
  return makePlan({ plan: 'cannot_tell', code })
}

type Draft = Pick<PlannedRow, 'plan'> & Partial<Pick<PlannedRow, 'code' | 'changes'>>

export function makePlan({ plan, code = null, changes = [] }: Draft): PlannedRow {
  const shown = hideSecretsIn(changes)
  return { plan, code, changes: shown, planHash: hashPlan({ plan, code, changes: shown }) }
}

function toPlanned(connector: string) {
  return ({ target, action, direction, summary, before, after }: Change): PlannedChange => ({
    ...{ connector, target, action, direction, summary },
    before: before ?? null,
    after: after ?? null,
  })
}
