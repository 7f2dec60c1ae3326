import type { Clock } from '../core/clock.ts'
import type { PersonState } from '../core/person.ts'
import { type Installed, withClient } from './installed.ts'

export type WhoQuestion = { authority: Installed; email: string; signal: AbortSignal; clock: Clock }

/**
 * Everybody at the authority who has this e-mail.
 * @throws CredentialError, or weather, when the authority cannot be read
 */
export async function findHolders({ authority, email, signal, clock }: WhoQuestion): Promise<PersonState[]> {
  const { connector, config, log } = authority
  signal.throwIfAborted()
  const holders = await withClient(authority, async (client) =>
    connector.holders?.({ client, config, signal, log, now: clock.now, email }),
  )
  if (!holders) throw new Error(`The connector ${authority.id} cannot say who has an e-mail.`)
  return holders
}

/** The one person who may be given access, or why there is none. */
export function whoMayHave(holders: readonly PersonState[], email: string): PersonState | { refusal: string } {
  const [first, ...others] = holders.filter(({ access }) => access !== 'deny')
  if (first && others.length === 0) return first
  if (first) return { refusal: `Several people have the e-mail ${email}: which of them is meant cannot be guessed.` }
  const [denied] = holders
  if (denied) return { refusal: `The person with the e-mail ${email} is locked out: ${denied.status}.` }
  return { refusal: `The authority knows nobody with the e-mail ${email}.` }
}
