import { OktaFault } from './errors.ts'

export type OktaStatus =
  | 'STAGED'
  | 'PROVISIONED'
  | 'ACTIVE'
  | 'RECOVERY'
  | 'PASSWORD_EXPIRED'
  | 'LOCKED_OUT'
  | 'SUSPENDED'
  | 'DEPROVISIONED'

export type OktaProfile = { login: string; email: string; firstName: string; lastName: string; [name: string]: unknown }

/** A user as the tenant keeps it; `renderUser` makes what the API answers. */
export type OktaUser = {
  id: string
  status: OktaStatus
  transitioningToStatus?: OktaStatus
  created: string
  activated: string | null
  statusChanged: string | null
  lastLogin: string | null
  lastUpdated: string
  passwordChanged: string | null
  hasPassword: boolean
  profile: OktaProfile
}

const USER_TYPE = 'otyexampleDEFAULT5d7'

/** The user object of the Users API; absent nulls and links beyond `self` are left out, as Okta allows itself to. */
export function renderUser(user: OktaUser, url: string) {
  const { hasPassword, ...visible } = user
  return {
    ...visible,
    type: { id: USER_TYPE },
    credentials: { ...(hasPassword ? { password: {} } : {}), provider: { type: 'OKTA', name: 'OKTA' } },
    _links: { self: { href: `${url}/api/v1/users/${user.id}` } },
  }
}

/** Refuses a profile that Okta would refuse; every problem is listed. */
export function assertProfile(profile: OktaProfile, others: OktaUser[]): void {
  const causes: string[] = []
  for (const name of ['login', 'email', 'firstName', 'lastName'] as const) {
    if (typeof profile[name] !== 'string' || profile[name] === '')
      causes.push(`${name}: The field cannot be left blank`)
  }
  if (profile.login && !/^[^\s@]+@[^\s@]+$/.test(profile.login)) {
    causes.push('login: Username must be in the form of an email address')
  }
  if (others.some((other) => other.profile.login.toLowerCase() === profile.login?.toLowerCase())) {
    causes.push('login: An object with this field already exists in the current organization')
  }
  const [first] = causes
  if (first) throw new OktaFault('E0000001', { detail: first.split(':')[0] ?? '', causes })
}

/** Changes the given attributes of a user and tells which of them are different now. */
export function changeProfile(
  user: OktaUser,
  { changes, others }: { changes: Record<string, unknown>; others: OktaUser[] },
): string[] {
  // Okta docs: update a user. Deactivated profiles stay as they are unless the org allows it.
  if (user.status === 'DEPROVISIONED') throw new OktaFault('E0000038')
  const before = user.profile
  const profile = { ...before, ...changes }
  assertProfile(profile, others)
  user.profile = profile
  user.lastUpdated = new Date().toISOString()
  return Object.keys(changes).filter((name) => before[name] !== profile[name])
}
