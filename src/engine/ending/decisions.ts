import type { HubDecision } from '../../core/audit.ts'
import type { JsonObject } from '../../core/json.ts'
import type { HeldOutcome } from '../../core/outcome.ts'
import type { ClaimedLane } from '../../core/queue.ts'
import { type Decision, separateNames } from '../../journal/index.ts'
import type { Tried } from './tried.ts'

type Lane = Pick<ClaimedLane, 'connector' | 'person'>

/**
 * Lists what a run decided by the hub's own rules: that a person's change was stopped, and that a user who was locked for
 * another person counts as this one's.
 */
export function listDecisions(lane: Lane, tried: readonly Tried[]): Decision[] {
  return tried.flatMap((one) => [...listHeld(lane, one), ...listAdopted(lane, one)])
}

function listHeld(lane: Lane, { delivery, outcome, run }: Tried): Decision[] {
  const stopped = [outcome.kind === 'held' ? outcome : null, run?.provisional?.held ?? null]
  const describe = (held: HeldOutcome): Decision => {
    const users = held.code === 'conflict' ? (run?.conflicts ?? []).map(({ target }) => target).sort() : []
    const facts = { code: held.code, ...(held.hold && { direction: held.hold.direction }), ...(users[0] && { users }) }
    const decision = makeDecision('held', { lane, delivery: delivery.id, facts })
    return { ...decision, words: { ...decision.words, reason: held.error }, users, hold: held.hold }
  }
  return stopped.flatMap((held) => (held ? [describe(held)] : []))
}

function listAdopted(lane: Lane, { delivery, run }: Tried): Decision[] {
  const adopted = run?.changes.filter(({ adopts, result }) => adopts && result === 'done') ?? []
  return adopted.map(({ target }) => makeDecision('adopted', { lane, delivery: delivery.id, facts: { target } }))
}

type Facts = { lane: Lane; delivery: string; facts: JsonObject }

function makeDecision(act: Extract<HubDecision, 'held' | 'adopted'>, { lane, delivery, facts }: Facts): Decision {
  const { codes, names } = separateNames({ connector: lane.connector, ...facts })
  const targets = [...(lane.person ? [lane.person.id] : []), delivery, lane.connector]
  return { act, targets, facts: codes, words: names }
}
