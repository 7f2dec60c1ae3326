import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { makeId } from '../core/id.ts'
import type { QueueSync } from '../events/resync-event.ts'
import { actsFor } from '../host/acts-for.ts'
import type { Installed } from '../host/installed.ts'
import type { ConflictRow, Journal, PersonRow, ReasonedNote } from '../journal/index.ts'
import { assertReason } from './brake-orders.ts'

/** A user at a connector; `conflict`: how a run met it. */
export type Adoptable = { connector: string; target: string; conflict: ConflictRow | null }

type AdoptQuestion = {
  person: PersonRow
  /** The user's id at the connector; null: the one that is in conflict. */
  target: string | null
  connector: string | null
  /** Take the user though no run has met it as a conflict of this person. */
  unseen: boolean
}

/**
 * Finds the user that an operator means. A wrong id would give another person's account away, so a user that no run has
 * met as a conflict of this person is refused, unless the operator says that it is meant.
 */
export async function findAdoptable(
  { journal, installed }: { journal: Pick<Journal, 'records'>; installed: readonly Installed[] },
  question: AdoptQuestion,
): Promise<Adoptable> {
  const { person, target, connector, unseen } = question
  const conflicts = (await journal.records.listOpenConflicts(person.id)).filter(
    (conflict) => connector === null || conflict.connector === connector,
  )
  const meant = target === null ? conflicts : conflicts.filter((conflict) => conflict.target === target)
  const [first, second] = meant
  if (first && !second) return { connector: first.connector, target: first.target, conflict: first }
  if (target !== null && !first && (unseen || isAdopted(question))) {
    return { connector: connector ?? findOnlyTarget(installed, person.source), target, conflict: null }
  }
  throw refuseAdoption(question, first ? meant : conflicts)
}

type AdoptOrder = ReasonedNote & { person: PersonRow; connector: string; target: string }

/** Records whose the user is from now on, with who says so and why, and queues a sync of the person. */
export async function adoptUser(
  { journal, queueSync, clock }: { journal: Pick<Journal, 'orders'>; queueSync: QueueSync; clock: Clock },
  order: AdoptOrder,
): Promise<void> {
  const { person, target, reason, by } = order
  assertReason(reason)
  await journal.orders.adopt({ ...order, id: makeId('ord', clock), person: person.id })
  await queueSync([person], { reason: `${target} adopted by ${by}: ${reason}` })
}

function isAdopted({ person, target }: AdoptQuestion): boolean {
  return person.sightings.some(({ kind, value }) => kind === 'adopted' && value === target)
}

function findOnlyTarget(installed: readonly Installed[], authority: string): string {
  const [only, ...others] = installed.filter((one) => one.connector.sync && actsFor(one, authority))
  if (only && others.length === 0) return only.id
  throw new UsageError({
    what: 'Whose user it is, is not clear.',
    why: only
      ? `People are brought to ${[only, ...others].map(({ id }) => id).join(' and ')}.`
      : 'No target is configured.',
    fix: 'Name the connector with --connector, such as --connector auth0.',
  })
}

function refuseAdoption({ person, target }: AdoptQuestion, conflicts: readonly ConflictRow[]): UsageError {
  const list = conflicts.map((conflict) => `${conflict.connector} ${conflict.target} ${conflict.reason}`).join('\n')
  const whose = `${person.source} ${person.authorityId}`
  if (conflicts.length === 0) {
    return new UsageError({
      what: `No user is in conflict for ${whose}${target === null ? '' : `, and so not ${target}`}.`,
      why: 'No run has met a user that could be theirs and was left as it is, or that is settled since.',
      fix: 'See "npm run hub -- person <who>". If the user is theirs all the same, name it and add --unseen.',
    })
  }
  if (target === null) {
    return new UsageError({
      what: `${conflicts.length} users are in conflict for ${whose}.`,
      why: list,
      fix: 'Name the one that is theirs behind the person.',
    })
  }
  return new UsageError({
    what: `${target} is not the user that is in conflict for ${whose}.`,
    why: `In conflict: ${list}`,
    fix: 'Look at the id again. If it is meant, add --unseen; with the same id at two connectors, add --connector.',
  })
}
