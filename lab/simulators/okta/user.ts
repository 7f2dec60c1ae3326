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
