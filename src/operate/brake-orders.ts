import type { Actor } from '../core/actor.ts'
import type { HeldDirection } from '../core/change.ts'
import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { makeId } from '../core/id.ts'
import { mostPeople } from '../core/policy.ts'
import type { HoldPlace, HoldRow, Journal, ReasonedNote } from '../journal/index.ts'
import { readActor } from '../sources/index.ts'
import { completeId } from './one-id.ts'
import { findOnePerson } from './one-person.ts'

/** A person who is held, with who acted at the authority so that they would be locked out or let in; null: not known. */
export type Held = HoldRow<Actor | null>

/**
 * Lists people who were stopped and are not yet as the authority says, first those who wait for an operator: all of them,
 * or a page.
 */
export async function listHeld(
  journal: Pick<Journal, 'orders'>,
  page?: { after?: HoldPlace; limit: number },
): Promise<Held[]> {
  const holds = await journal.orders.listHolds(page)
  return holds.map((hold) => ({ ...hold, actor: readActor(hold.actor) }))
}

type HeldOrder = ReasonedNote & {
  kind: 'release' | 'cancel'
  /** An e-mail, a login, an id of a person or of a delivery; null: all people who are held now. */
  whom: string | null
  direction: HeldDirection | null
}

/**
 * Carries out an operator's order about held people, and returns how many it concerned. A released delivery reads the
 * authority again and does what is true then. A cancelled one ends without effect, and stays so until the authority has
 * newer news of the person, or an operator releases it. A lockout or a revoke that was set aside for another reason is
 * cancelled by its own id alone: what was not done stays in the report.
 */
export async function orderHeld(
  { journal, clock }: { journal: Pick<Journal, 'orders' | 'records'>; clock: Clock },
  order: HeldOrder,
): Promise<number> {
  assertReason(order.reason)
  const whom = order.whom === null ? null : await completeId(journal, order.whom)
  const id = makeId('ord', clock)
  if (order.kind === 'cancel' && whom?.startsWith('dlv_')) {
    if (await journal.orders.endSetAside({ ...order, id, kind: 'cancel', delivery: whom })) return 1
  }
  const person = whom === null ? null : await findHeldPerson(journal, whom)
  const { people } = await journal.orders.orderHolds({ ...order, id, person })
  if (people > 0 || person === null) return people
  throw new UsageError({
    what: `Nothing is held of ${order.whom}.`,
    why: 'Nobody stopped a change of theirs, or it was done meanwhile.',
    fix: 'See who is held with "npm run hub -- brake".',
    code: 'not_held',
  })
}

async function findHeldPerson(journal: Pick<Journal, 'records'>, whom: string): Promise<string> {
  if (!whom.startsWith('dlv_')) return (await findOnePerson(journal, whom)).id
  const delivery = await journal.records.showDelivery(whom)
  if (delivery?.person) return delivery.person
  throw new UsageError({
    what: `There is no delivery ${whom} that is about a person.`,
    why: delivery ? 'It is about something else.' : 'The journal does not know it.',
    fix: 'See who is held with "npm run hub -- brake".',
  })
}

/** `until`: ISO time. */
type Wave = ReasonedNote & { people: number; until: string; direction: HeldDirection }

const longestWaveHours = 7 * 24

/**
 * Lets so many more people through the brake, once, until the given time: a wave that was planned is not a mistake. A
 * typing error must not switch the brake off: at most half of the people known (and always 100), for a week.
 */
export async function expectPeople(
  { journal, clock }: { journal: Pick<Journal, 'orders' | 'records'>; clock: Clock },
  wave: Wave,
): Promise<void> {
  assertReason(wave.reason)
  const { people, until } = wave
  const hours = (Date.parse(until) - clock.now().getTime()) / 3_600_000
  if (!(await mayBeExpected(journal, people))) {
    const most = Math.max(mostPeople, Math.floor((await journal.records.countPeople()) / 2))
    throw new UsageError({
      what: `A wave of ${people} people cannot be expected.`,
      why: `At most half of the people known may be, which is ${most} here; 0 ends the last expectation.`,
      fix: 'Expect a part of the wave, and the rest when it is done.',
    })
  }
  if (!(hours > 0 && hours <= longestWaveHours)) {
    throw new UsageError({
      what: `A wave cannot be expected until ${Number.isNaN(hours) ? 'that time' : until}.`,
      why: 'The time must lie ahead, within a week: a forgotten order must not keep the brake off.',
      fix: 'Give a time such as 2h or 2026-03-01T18:00:00Z.',
    })
  }
  await journal.orders.expectWave({ ...wave, id: makeId('ord', clock) })
}

/** Counts the people known no further than decides it. */
async function mayBeExpected({ records }: Pick<Journal, 'records'>, people: number): Promise<boolean> {
  if (!Number.isSafeInteger(people) || people < 0) return false
  return people <= mostPeople || (await records.countPeople({ most: 2 * people })) === 2 * people
}

/** An order stays on record with its reason: the next operator must see why it was given. */
export function assertReason(reason: string): void {
  if (reason.trim() !== '') return
  throw new UsageError({
    what: 'The reason is missing.',
    why: 'An operator who looks at this in a year must see why it was done.',
    fix: 'Give it with --reason "…".',
  })
}
