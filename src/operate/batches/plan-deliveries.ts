import type { PlannedChange, PlannedRow, RowCode } from '../../core/batch.ts'
import type { Change } from '../../core/change.ts'
import type { Clock } from '../../core/clock.ts'
import { CredentialError } from '../../core/errors.ts'
import { hideSecretsIn } from '../../core/redact.ts'
import { noWorkScope, runInBackground, type WorkScope } from '../../core/work-scope.ts'
import { listChanges, makePlanning } from '../../engine/sync/plan.ts'
import { readState } from '../../host/authority.ts'
import type { Installed } from '../../host/installed.ts'
import type { Journal, KnownPerson, Replayable } from '../../journal/index.ts'
import { laneOfKnown } from '../lane-of-known.ts'
import { workSideBySide } from '../work-side-by-side.ts'
import { hashPlan } from './hash-plan.ts'

/** Plans what a replay of these deliveries would do, by their ids. Reads, and writes nothing. */
export type PlanDeliveries = (ids: readonly string[], signal: AbortSignal) => Promise<Map<string, PlannedRow>>

/** Plans that are made at a time: lockouts have the rest of what a vendor bears. */
const plansAtOnce = 4

/**
 * Makes the planning of replays. What is compared is planned by the connector itself, once for each person there, as a run
 * would plan it now; what has no plan says why.
 */
export function makePlanDeliveries({
  journal,
  installed,
  clock,
  scope = noWorkScope,
}: {
  journal: Pick<Journal, 'batches' | 'queue' | 'records'>
  installed: readonly Installed[]
  clock: Clock
  scope?: WorkScope | undefined
}): PlanDeliveries {
  const { planPerson } = makePlanning({ installed, journal, clock })

  const planPlace = async ({ delivery, person, place, signal }: PlanQuestion): Promise<PlannedRow> => {
    const state = await readState({ authority: place.authority, person, signal, clock })
    if ('kind' in state) return makePlan({ plan: 'nothing', code: 'unknown_person' })
    const cause = { eventId: delivery.eventId, type: delivery.eventType, time: delivery.eventTime }
    const subject = { person, state, cause, attempt: 1, idempotencyKey: delivery.id }
    const plan = await planPerson(subject, { ...place, signal })
    const lane = laneOfKnown(person, place.installed)
    const changes = listChanges(plan, { lane, installed: place.installed, state })
    if (changes.length > 0) return makePlan({ plan: 'would_change', changes: changes.map(toPlanned(delivery)) })
    if (plan.conflicts?.length) return makePlan({ plan: 'nothing', code: 'conflict' })
    return makePlan({ plan: 'nothing', code: state.access === 'unknown' ? 'unknown_status' : null })
  }

  const findPlace = (delivery: Replayable, person: KnownPerson) => {
    const target = installed.find(({ id }) => id === delivery.connector)
    const authority = installed.find(({ id }) => id === person.source)
    return target && authority ? { installed: target, authority } : null
  }

  const planOne = async (delivery: Replayable, { people, paused, signal }: Known): Promise<PlannedRow> => {
    const person = people.get(delivery.person ?? '')
    const place = person && findPlace(delivery, person)
    if (!person || !place) return cannotTell('not_configured')
    if (paused.has(place.installed.id) || paused.has(place.authority.id)) return cannotTell('paused')
    try {
      return await runInBackground(scope, delivery.connector, () => planPlace({ delivery, person, place, signal }))
    } catch (thrown) {
      signal.throwIfAborted()
      return cannotTell(thrown instanceof CredentialError ? 'credential' : 'not_read')
    }
  }

  return async (ids, signal) => {
    const found = await journal.batches.readReplayable(ids)
    const planned = new Map<string, PlannedRow>(ids.map((id) => [id, over('unknown_delivery')]))
    const lanes = new Map<string, Replayable[]>()
    for (const delivery of found) {
      const known = planUnread(delivery)
      if (known) planned.set(delivery.id, known)
      else lanes.set(delivery.lane, [...(lanes.get(delivery.lane) ?? []), delivery])
    }
    const people = await journal.records.readKnownPeople([...new Set(found.flatMap(({ person }) => person ?? []))])
    const paused = new Set(
      (await journal.queue.listConnectorStates()).flatMap((one) => (one.pausedUntil ? one.id : [])),
    )
    const known = { people: new Map(people.map((one) => [one.id, one])), paused, signal }
    await workSideBySide([...lanes.values()], plansAtOnce, async (deliveries) => {
      const newest = deliveries.reduce((best, one) => (one.id > best.id ? one : best))
      const plan = await planOne(newest, known)
      for (const { id } of deliveries) planned.set(id, plan)
    })
    return planned
  }
}

type PlanQuestion = {
  delivery: Replayable
  person: KnownPerson
  place: { installed: Installed; authority: Installed }
  signal: AbortSignal
}

type Known = { people: ReadonlyMap<string, KnownPerson>; paused: ReadonlySet<string>; signal: AbortSignal }

/** The plan of what need not be read, or cannot be; null: the person is read and compared. */
function planUnread({ kind, mayRun, trial }: Replayable): PlannedRow | null {
  if (trial) return over('trial')
  if (kind === 'provision') return over('grant')
  if (!mayRun) return over('overtaken')
  if (kind === 'validate' || kind === 'preapprove') return makePlan({ plan: 'nothing', code: 'question' })
  if (kind === 'on') return cannotTell('handler')
  return kind === 'sync' ? null : cannotTell('revoke')
}

function over(code: RowCode): PlannedRow {
  return makePlan({ plan: 'superseded', code })
}

function cannotTell(code: RowCode): PlannedRow {
  return makePlan({ plan: 'cannot_tell', code })
}

type Draft = Pick<PlannedRow, 'plan'> & Partial<Pick<PlannedRow, 'code' | 'changes'>>

function makePlan({ plan, code = null, changes = [] }: Draft): PlannedRow {
  const shown = hideSecretsIn(changes)
  return { plan, code, changes: shown, planHash: hashPlan({ plan, code, changes: shown }) }
}

function toPlanned({ connector }: Replayable) {
  return ({ target, action, direction, summary, before, after }: Change): PlannedChange => ({
    ...{ connector, target, action, direction, summary },
    before: before ?? null,
    after: after ?? null,
  })
}
