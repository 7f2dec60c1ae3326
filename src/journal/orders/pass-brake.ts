import type { HeldDirection } from '../../core/change.ts'
import { type BrakeLimits, mostPeople } from '../../core/policy.ts'
import { type AnySql, again, type Sql } from '../sql/sql.ts'

type BrakeQuestion = {
  person: { id: string; source: string; authorityId: string }
  connector: string
  direction: HeldDirection
  /** ISO time of the change of status that is to be carried out. */
  statusChangedAt: string | null
  /** Age of the oldest delivery of the run: a reservation made since then was made for this very work. */
  workAgeSeconds: number
  limits: BrakeLimits
}

export type BrakeAnswer =
  | { pass: true }
  | { pass: false; why: 'protected'; reason: string }
  | { pass: false; why: 'cancelled'; reason: string; by: string }
  /** `standing`: stopped earlier, and no operator has released it since. */
  | { pass: false; why: 'brake'; standing: true }
  | { pass: false; why: 'brake'; standing: false; threshold: number }

/**
 * May this person be changed in this direction? A pass is reserved in `hub.pass_brake`, before anything is written, so
 * that hubs on one database never exceed the threshold together. A hold is not written here but with the settlement,
 * behind the fence.
 */
export async function passBrake(sql: Sql, question: BrakeQuestion): Promise<BrakeAnswer> {
  const { person, connector, direction, statusChangedAt, workAgeSeconds, limits } = question
  const [row] = await again(
    () => sql<{ answer: BrakeAnswer }[]>`
      select hub.pass_brake(${person.id}, ${person.source}, ${person.authorityId}, ${connector}, ${direction},
        ${statusChangedAt}::timestamptz, ${workAgeSeconds}, ${limits.people}, ${limits.percent}, ${mostPeople},
        ${limits.minutes * 60}) as answer`,
  )
  if (!row) throw new Error('The brake gave no answer.')
  return row.answer
}

/** How many people may be changed within a window, by how many are known. */
export async function readThreshold(sql: AnySql, { people, percent }: BrakeLimits): Promise<number> {
  const [row] = await sql<{ threshold: number }[]>`
    select hub.brake_threshold(${people}, ${percent}, ${mostPeople}) as threshold`
  return row?.threshold ?? people
}
