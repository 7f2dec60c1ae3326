import type { Person } from '../../../src/index.ts'
import { type Auth0User, hubObject, oktaIdsOf } from '../tenant/auth0-user.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { sharedEmails } from './ownership.ts'

/** Nobody comes back under an id in one of these without an administrator's deed at Okta. */
const departed = new Set(['gone', 'DEPROVISIONED'])

/**
 * Whether the user, shut by another Okta id, is this person's under an id of before: the setting asks for it, the
 * e-mail is theirs now and nobody else's who may log in, Okta says for certain that the other id has left, and no
 * identity of another Okta id is in the user, which could still come in through it.
 */
export async function isRehire(user: Auth0User, person: Person, config: Auth0Config): Promise<boolean> {
  if (!config.AUTH0_ADOPT_REHIRES || person.state.access !== 'allow') return false
  const { object } = hubObject(user, config.AUTH0_METADATA_KEY)
  if (!object?.deactivated || oktaIdsOf(user).some((id) => id !== person.authorityId)) return false

  const emails = sharedEmails(user, { ...person, emails: person.state.emails }, config)
  if (emails.length === 0) return false
  for (const email of emails) {
    const others = await person.othersHolding(email)
    if (others.some(({ access }) => access === 'allow')) return false
  }
  const before = await person.stateOfOther(object.id)
  return before !== null && departed.has(before.status)
}
