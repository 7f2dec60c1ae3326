import { z } from 'zod'
import type { Access, PersonState } from '../../../src/index.ts'
import type { OktaConfig } from '../org/config.ts'

/**
 * The fields of an Okta user that the connector reads (Okta docs: Users API). Only id and status decide; anything odd in
 * another field counts as not given.
 */
const oktaUser = z.object({
  id: z.string(),
  status: z.string(),
  transitioningToStatus: z.string().nullish().catch(null),
  statusChanged: z.string().nullish().catch(null),
  profile: z
    .object({ email: z.string().nullish().catch(null), login: z.string().nullish().catch(null) })
    .catch({ email: null, login: null }),
})

export type OktaUser = z.output<typeof oktaUser>

/** Parses a user of Okta's answer; null when it is not a user. */
export function tryParseUser(value: unknown): OktaUser | null {
  return oktaUser.safeParse(value).data ?? null
}

/** Parses a user. It does not throw the parser's error, because the hub takes that for a permanent failure. */
export function parseUser(value: unknown): OktaUser {
  const user = tryParseUser(value)
  if (user === null) throw new Error('Okta answered something other than a user')
  return user
}

type StatusPolicy = Pick<OktaConfig, 'OKTA_DENY_STATUSES' | 'OKTA_ALLOW_STATUSES'>

/**
 * Every status that Okta uses. One that is in neither list of the settings changes nothing and raises no alert.
 * `ACTIVATING` is in the prose of Okta's docs alone.
 */
export const knownStatuses: readonly string[] = [
  'ACTIVE',
  'ACTIVATING',
  'DEPROVISIONED',
  'LOCKED_OUT',
  'PASSWORD_EXPIRED',
  'PROVISIONED',
  'RECOVERY',
  'STAGED',
  'SUSPENDED',
]

/** Decides a user's access by the policy. On the way to DEPROVISIONED counts as DEPROVISIONED, which follows in seconds. */
export function decideAccess(user: Pick<OktaUser, 'status' | 'transitioningToStatus'>, policy: StatusPolicy): Access {
  const { status, transitioningToStatus } = user
  const denied = policy.OKTA_DENY_STATUSES
  if (denied.includes(status)) return 'deny'
  if (transitioningToStatus === 'DEPROVISIONED' && denied.includes('DEPROVISIONED')) return 'deny'
  if (policy.OKTA_ALLOW_STATUSES.includes(status)) return 'allow'
  return knownStatuses.includes(status) ? 'unchanged' : 'unknown'
}

/**
 * Makes the hub's view of an Okta user, with e-mails in Okta's spelling: some systems mind the letter case. A login that has the form of an e-mail counts as one: it is unique in the org,
 * only administrators set it, and most other systems know the person by it. `secondEmail` does not count: people set it
 * themselves and Okta does not verify it, so that a person could have a colleague denied with it.
 */
export function toPersonState(
  user: OktaUser,
  { policy, readAt }: { policy: StatusPolicy; readAt: string },
): PersonState {
  const { email, login } = user.profile
  const emails = [email, login].filter(isEmail)
  return {
    authorityId: user.id,
    status: user.status,
    access: decideAccess(user, policy),
    statusChangedAt: toIso(user.statusChanged),
    emails: [...new Set(emails)],
    logins: login ? [login] : [],
    readAt,
  }
}

function toIso(text: string | null | undefined): string | null {
  const time = new Date(text ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

function isEmail(text: string | null | undefined): text is string {
  return typeof text === 'string' && /^[^\s@]{1,200}@[^\s@]{1,200}$/.test(text)
}
