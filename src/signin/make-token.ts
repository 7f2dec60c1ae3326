import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { makeId } from '../core/id.ts'
import type { PersonKey } from '../core/person.ts'
import type { Role } from '../core/role.ts'
import type { Journal, TokenRow } from '../journal/index.ts'
import { type Caller, toOperator } from './caller.ts'
import { mayAct } from './roles.ts'
import { hashSecretText, makeSecretText } from './secret-text.ts'

/** The longest life of a token: a forgotten one must not open the hub for years. */
export const mostDays = 90

/** It is repeated with everything that is ordered with the token. */
const longestName = 200

type TokenWish = {
  name: string
  /** Who answers for what is done with it. */
  owner: string
  role: Role
  days: number
  /** It is refused from the moment in which this person is denied. */
  person: PersonKey | null
  reason: string | null
  /** The request in which it is asked for; absent: in none. */
  requestId?: string
}

/** `text`: shown once, to whoever made it. The journal has its hash alone. */
export type NewToken = { text: string; token: TokenRow }

/**
 * Makes a token, with a role no higher than the maker's, and puts on record who made it for whom. One that is made with a
 * token ends with that: else a program would prolong its own life, and a stolen token outlive its revoke.
 */
export async function makeToken(
  { journal, clock }: { journal: Pick<Journal, 'orders'>; clock: Clock },
  maker: Caller,
  wish: TokenWish,
): Promise<NewToken> {
  refuseWish(maker, wish)
  const text = makeSecretText('token')
  const hash = hashSecretText('token', text) ?? ''
  const { reason, requestId, ...asked } = wish
  const note = { ...toOperator(maker), ...(requestId === undefined ? {} : { requestId }), reason }
  const madeWith = maker.way === 'api' ? maker.account : null
  const token = await journal.orders.addToken({ ...asked, id: makeId('tok', clock), hash, madeWith }, note)
  return { text, token }
}

function refuseWish({ role: own }: Caller, { name, owner, role, days }: TokenWish): void {
  if (!mayAct(own, role)) {
    throw new UsageError({
      what: `A token of the role ${role} cannot be made.`,
      why: `Its maker is ${own}, and a token may do no more than its maker.`,
      fix: `Ask for the role ${own} or a lower one.`,
      code: 'role_too_low',
    })
  }
  if ([owner, name].some((text) => text.trim() === '' || text.length > longestName)) {
    throw new UsageError({
      what: 'The owner or the name of the token is empty or too long.',
      why: `Who answers for a token, and what it is for, must be on record, in ${longestName} characters each.`,
      fix: 'Name a person or a team, and what the token is for.',
      code: 'wrong_token_wish',
    })
  }
  if (!Number.isInteger(days) || days < 1 || days > mostDays) {
    throw new UsageError({
      what: `A token cannot live for ${days} days.`,
      why: `It lives for 1 to ${mostDays} days: a forgotten one must not open the hub for years.`,
      fix: 'Ask for fewer days, and make a new token before they are over.',
      code: 'wrong_token_wish',
    })
  }
}
