import { sameEmail } from '../../core/email.ts'
import { type Role, roles } from '../../core/role.ts'
import type { RoleRule } from '../../core/role-rules.ts'
import type { Identity } from './identity.ts'

export type RoleSettings = {
  rules: readonly RoleRule[]
  /** The connection of Auth0 from which e-mails count. */
  emailConnection: string | null
}

/** Finds the highest role that a rule gives; null: none gives one. */
export function findRole(identity: Identity, { rules, emailConnection }: RoleSettings): Role | null {
  const given = rules.filter((rule) => isMet(rule, identity, emailConnection)).map(({ role }) => role)
  return roles.findLast((role) => given.includes(role)) ?? null
}

function isMet({ by, value }: RoleRule, identity: Identity, emailConnection: string | null): boolean {
  if (by === 'claim') return identity.words.includes(value)
  if (by === 'subject') return identity.subject === value
  return countsByEmail(identity, emailConnection) && sameEmail(identity.email ?? '', value)
}

/**
 * Whether an e-mail says who somebody is: the issuer has verified it, and at Auth0 it is of the named connection, because
 * in others anybody may sign up. No claim of Auth0 names the connection, but an id of an enterprise connection does. An
 * id with a bar in it is Auth0's, whatever its issuer is called.
 */
function countsByEmail({ email, emailVerified, subject }: Identity, connection: string | null): boolean {
  if (email === null || !emailVerified) return false
  if (connection === null) return !subject.includes('|')
  const [, named] = /^(?:okta|oidc|samlp)\|([^|]+)\|/.exec(subject) ?? []
  return named === connection
}
