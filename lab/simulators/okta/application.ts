import type { OktaUser } from './user.ts'

/** An application as the tenant keeps it; `renderApplication` makes what the API answers. */
export type OktaApplication = {
  id: string
  /** The key of the app definition: `saasure` is Okta's own Admin Console. */
  name: string
  label: string
  created: string
  status: 'ACTIVE' | 'INACTIVE'
  /** Ids of the groups whose members have it. */
  groups: string[]
}

export type AppUser = { user: OktaUser; scope: 'USER' | 'GROUP'; since: string }

/** The application object of the Apps API (Okta docs: Applications API, retrieve an application). */
export function renderApplication({ id, name, label, created, status }: OktaApplication, url: string) {
  return {
    id,
    name,
    label,
    status,
    created,
    lastUpdated: created,
    signOnMode: 'SAML_2_0',
    features: [],
    visibility: { autoSubmitToolbar: false, hide: { iOS: false, web: false } },
    _links: { users: { href: `${url}/api/v1/apps/${id}/users` } },
  }
}

/** What a person finds on their dashboard (Okta docs: Users API, list all app links). */
export function renderAppLink({ id, name, label }: OktaApplication, url: string) {
  return {
    id: `00u${id}`,
    label,
    linkUrl: `${url}/home/${name}/${id}/1`,
    logoUrl: `${url}/img/logos/${name}.png`,
    appName: name,
    appInstanceId: id,
    appAssignmentId: `0ua${id}`,
    credentialsSetup: false,
    hidden: false,
    sortOrder: 0,
  }
}

/** An application user (Okta docs: Application Users API, retrieve an application user). */
export function renderAppUser({ user, scope, since }: AppUser, { appId, url }: { appId: string; url: string }) {
  return {
    id: user.id,
    created: since,
    lastUpdated: since,
    scope,
    status: 'ACTIVE',
    statusChanged: since,
    passwordChanged: null,
    syncState: 'DISABLED',
    credentials: { userName: user.profile.login },
    profile: {},
    _links: {
      app: { href: `${url}/api/v1/apps/${appId}` },
      user: { href: `${url}/api/v1/users/${user.id}` },
    },
  }
}
