import { UsageError } from '../../core/errors.ts'
import type { Operator } from '../../core/operator.ts'
import type { BatchPolicy } from '../../core/policy.ts'
import type { BatchRow, Journal, ReasonedNote } from '../../journal/index.ts'
import { assertReason } from '../brake-orders.ts'
import { assertFound } from './assert-found.ts'
import { decideEyes, type Eyes, needsTwo } from './four-eyes.ts'

type Needs = {
  journal: Pick<Journal, 'batches'>
  policy: Pick<BatchPolicy, 'fourEyesPeople'>
  nudge?: (() => void) | undefined
}

type ApplyOrder = ReasonedNote & {
  id: string
  eyes: Eyes
  /** The hash of the plan that was looked at. */
  planHash: string
  /** ISO time before which it does not begin. */
  startAt?: string | undefined
  /** Rows a second. */
  pace?: number | undefined
}

/**
 * Applies a plan, as the first of two people, as the second, or alone where one is enough. What is applied is the plan
 * with this hash and no other.
 */
export async function applyBatch({ journal, policy, nudge }: Needs, order: ApplyOrder): Promise<BatchRow> {
  const { id, eyes, planHash, startAt, pace, reason, ...operator } = order
  assertReason(reason)
  const changed = await journal.batches.changeBatch({
    ...{ id, operator, reason, act: 'batch.apply' },
    decide(batch) {
      assertApplicable(batch, planHash)
      const applied = batch.applierLeft ? null : batch.appliedBy
      const decided = decideEyes(operator, { eyes, two: needsTwo(batch, policy), applied })
      if (decided === 'refused') throw refuseProgram(batch)
      if (decided === 'same_person') throw refuseSamePerson(batch)
      const first = applied === null || decided === 'overridden'
      const approves = decided !== 'first'
      return { to: 'waiting', first, approves, overrides: decided === 'overridden', reason, pace, startAt }
    },
  })
  nudge?.()
  return assertFound(changed, id)
}

type BatchOrder = Operator & { id: string; reason: string | null }

/** Stops a batch after the rows that are under way. */
export async function pauseBatch({ journal }: Needs, { id, reason, ...operator }: BatchOrder): Promise<BatchRow> {
  const changed = await journal.batches.changeBatch({
    ...{ id, operator, reason, act: 'batch.pause' },
    decide(batch) {
      if (batch.approvedAt !== null && ['waiting', 'applying'].includes(batch.state)) return { to: 'paused' }
      throw refuseState(batch, 'What is carried out, or waits for its time, can be paused.')
    },
  })
  return assertFound(changed, id)
}

/** Lets a paused batch go on with the rows that are left. */
export async function resumeBatch(
  { journal, nudge }: Needs,
  { id, reason, ...operator }: BatchOrder,
): Promise<BatchRow> {
  const changed = await journal.batches.changeBatch({
    ...{ id, operator, reason, act: 'batch.resume' },
    decide(batch) {
      if (batch.state === 'paused') return { to: 'resumed' }
      throw refuseState(batch, 'Only a paused one goes on.')
    },
  })
  nudge?.()
  return assertFound(changed, id)
}

/** Ends a batch for good. What was carried out stays so. */
export async function cancelBatch({ journal }: Needs, { id, reason, ...operator }: BatchOrder): Promise<BatchRow> {
  const changed = await journal.batches.changeBatch({
    ...{ id, operator, reason, act: 'batch.cancel' },
    decide(batch) {
      if (!over.has(batch.state)) return { to: 'cancelled' }
      throw refuseState(batch, 'It is over.')
    },
  })
  return assertFound(changed, id)
}

const over: ReadonlySet<BatchRow['state']> = new Set(['done', 'cancelled', 'expired'])

function assertApplicable(batch: BatchRow, planHash: string): void {
  if (batch.expired || batch.state === 'expired') {
    throw new UsageError({
      what: `${batch.id} has expired.`,
      why: `It could be applied until ${batch.expiresAt}.`,
      fix: 'Plan it anew: what is true may have changed since.',
    })
  }
  if (batch.state !== 'planned' && (batch.state !== 'waiting' || batch.approvedAt !== null)) {
    throw refuseState(batch, 'A plan is applied once.')
  }
  if (batch.planHash === null) {
    throw new UsageError({
      what: `${batch.id} is still being planned: ${batch.planned} of ${batch.count} rows.`,
      why: 'What is applied is a whole plan, which somebody could look at.',
      fix: 'Wait until all rows are planned. A running hub plans them.',
    })
  }
  if (batch.planHash === planHash) return
  throw new UsageError({
    what: `The plan of ${batch.id} is not the one that was looked at.`,
    why: 'Its hash is another.',
    fix: 'Look at it again, and apply it with the hash that it has now.',
    code: 'other_plan',
  })
}

function refuseProgram({ id, people }: BatchRow): UsageError {
  return new UsageError({
    what: `Two people must apply ${id}.`,
    why: `It is about ${people} people, and a token is no person.`,
    fix: 'Have it applied by two people at the console, or by an administrator on the machine of the hub.',
    code: 'needs_two_people',
  })
}

function refuseSamePerson({ id, people }: BatchRow): UsageError {
  return new UsageError({
    what: `You have applied ${id} already.`,
    why: `It is about ${people} people, and another person must look at it too.`,
    fix: 'Ask somebody else to apply the same plan.',
    code: 'needs_two_people',
  })
}

function refuseState({ id, state }: BatchRow, why: string): UsageError {
  return new UsageError({
    what: `${id} is ${state}.`,
    why,
    fix: 'See "npm run hub -- batch show".',
    code: 'wrong_state',
  })
}
