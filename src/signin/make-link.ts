import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { makeId, personId } from '../core/id.ts'
import type { PersonKey } from '../core/person.ts'
import type { Journal } from '../journal/index.ts'
import { type Caller, toOperator } from './caller.ts'
import { hashSecretText, makeSecretText } from './secret-text.ts'

/** A link that is not used within this time opens nothing. */
export const linkMinutes = 10

/** `text`: what stands in the address, known here alone. The journal has its hash. */
export type MadeLink = { id: string; text: string; expiresAt: string }

type LinkNeeds = { journal: { orders: Pick<Journal['orders'], 'addLink'> }; clock: Clock }

/** Makes a link by which who has this machine signs in, once: whoever has its database is its administrator. */
export async function makeLink(
  needs: LinkNeeds,
  maker: Caller,
  { reason }: { reason: string | null },
): Promise<MadeLink> {
  return addLink(needs, maker, { kind: 'link', role: 'admin', person: null, reason })
}

/**
 * Makes a link by which a person signs in as an operator in an emergency, once, whatever the issuer does. Its maker tells
 * others before it is shown.
 * @throws UsageError when the reason is empty
 */
export async function makeBreakGlassLink(
  needs: LinkNeeds,
  maker: Caller,
  { person, reason }: { person: PersonKey; reason: string },
): Promise<MadeLink> {
  if (reason.trim() === '') {
    throw new UsageError({
      what: 'The reason is empty.',
      why: 'An emergency is looked at afterwards, by somebody else.',
      fix: 'Say what happened, and what it is needed for.',
    })
  }
  return addLink(needs, maker, { kind: 'break_glass', role: 'operator', person, reason })
}

type LinkWish = {
  kind: 'link' | 'break_glass'
  role: 'admin' | 'operator'
  person: PersonKey | null
  reason: string | null
}

async function addLink({ journal, clock }: LinkNeeds, maker: Caller, wish: LinkWish): Promise<MadeLink> {
  const { reason, person } = wish
  const id = makeId('lnk', clock)
  const text = makeSecretText('link')
  const hash = hashSecretText('link', text) ?? ''
  const about = person === null ? [] : [personId(person)]
  const link = { ...wish, id, hash, about, seconds: linkMinutes * 60 }
  const { expiresAt } = await journal.orders.addLink(link, { ...toOperator(maker), reason })
  return { id, text, expiresAt }
}
