import { z } from 'zod'
import type { Access, PersonState } from '../../../src/index.ts'
import type { OktaConfig } from '../org/config.ts'

/** What is read of a user of Okta's; the rest is left alone (Okta docs: Users API). */
export const oktaUser = z.object({
  id: z.string(),
  status: z.string(),
  transitioningToStatus: z.string().nullish(),
  statusChanged: z.string().nullish(),
  profile: z.object({ email: z.string().nullish(), login: z.string().nullish() }),
})

export type OktaUser = z.output<typeof oktaUser>

export type StatusPolicy = Pick<OktaConfig, 'OKTA_DENY_STATUSES' | 'OKTA_ALLOW_STATUSES'>

/** Known, and in neither list: nothing is done, and nobody needs to be told. `ACTIVATING` is in the prose of the docs only. */
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

/** What the policy makes of a user. Being deactivated counts as deactivated: the status follows seconds later. */
export function accessOf(user: Pick<OktaUser, 'status' | 'transitioningToStatus'>, policy: StatusPolicy): Access {
  const { status, transitioningToStatus } = user
  const denied = policy.OKTA_DENY_STATUSES
  if (denied.includes(status)) return 'deny'
  if (transitioningToStatus === 'DEPROVISIONED' && denied.includes('DEPROVISIONED')) return 'deny'
  if (policy.OKTA_ALLOW_STATUSES.includes(status)) return 'allow'
  return knownStatuses.includes(status) ? 'unchanged' : 'unknown'
}

/**
 * Okta's user in the hub's terms. A login in the form of an e-mail counts as one: it is unique in the org, set by
 * administrators, and mostly what other systems know the person by. `secondEmail` does not: people set it
 * themselves, unchecked, and could have a colleague locked out with it.
 */
export function toPersonState(
  user: OktaUser,
  { policy, readAt }: { policy: StatusPolicy; readAt: string },
): PersonState {
  const { email, login } = user.profile
  const emails = [email, login].filter(isEmail).map((text) => text.toLowerCase())
  return {
    authorityId: user.id,
    status: user.status,
    access: accessOf(user, policy),
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
