import { UsageError } from '../core/errors.ts'
import type { EraseBlock, ErasePlan, Journal, PersonRow, ReasonedNote } from '../journal/index.ts'
import { assertReason } from './brake-orders.ts'

/** What stands in the way of an erasure, in words. */
const blockWords: Readonly<Record<EraseBlock['why'], string>> = {
  open: 'work of theirs is open, or was set aside and waits for an operator',
  owed: 'the hub still owes something to an account of theirs',
  held: 'a change of theirs is held',
  granted: 'access that the hub gave them stands',
  alert: 'an alert about them is open',
  legal_hold: 'a legal hold is set on them, or on somebody whose events name them',
}

type EraseOrder = ReasonedNote & {
  person: PersonRow
  /** Who orders it was told that accounts of a denied person are not searched for by e-mail any more. */
  endsSearch: boolean
}

/**
 * Erases what a person is called, for good.
 * @throws UsageError when something stands in the way, or when it was not said that their searches end
 */
export async function erasePerson(
  journal: Pick<Journal, 'orders'>,
  { person, endsSearch, ...note }: EraseOrder,
): Promise<ErasePlan> {
  assertReason(note.reason)
  refuseNaming(note.reason, person)
  if (person.deniedAt !== null && !endsSearch) {
    throw new UsageError({
      what: `${person.id} is denied, and their accounts are searched for by e-mail.`,
      why: 'Without an e-mail that ends: an account that somebody makes for them is not found any more.',
      fix: 'Give the order again and say that you know it.',
      code: 'ends_search',
    })
  }
  const done = await journal.orders.erasePerson({ ...note, person })
  const [first] = done.blocks
  if (!first) return done
  throw new UsageError({
    what: `${person.id} cannot be erased.`,
    why: `${done.blocks.map(describeBlock).join('; ')}.`,
    fix: 'End that first: "npm run hub -- person <who>" shows all of it.',
    code: 'not_erasable',
  })
}

/** What stands in the way, with the first ids that it is about. */
export function describeBlock({ why, ids }: EraseBlock): string {
  const shown = ids.slice(0, 3).join(', ')
  return `${blockWords[why]}${shown ? ` (${shown}${ids.length > 3 ? ', …' : ''})` : ''}`
}

/** The reason stays on record. */
function refuseNaming(reason: string, { sightings }: PersonRow): void {
  const words = sightings.filter(({ kind }) => kind === 'email' || kind === 'login').map(({ value }) => value)
  const said = reason.toLowerCase()
  if (!said.includes('@') && !words.some((word) => said.includes(word.toLowerCase()))) return
  throw new UsageError({
    what: 'The reason names the person.',
    why: 'It stays on record, and would keep the name that is to be erased.',
    fix: 'Name a ticket in place of the person.',
  })
}
