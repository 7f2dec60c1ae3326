import { GitHubFault, notFound } from './requests.ts'

export type Account = { id: number; login: string; publicEmail?: string; verifiedEmails: string[] }
type Member = { login: string; role: 'member' | 'admin' | 'billing_manager' }
export type Team = { id: number; slug: string; parent: string | null; members: Map<string, 'member' | 'maintainer'> }
export type Invitation = { id: number; login: string | null; email: string | null; role: string; teams: string[] }
export type OrganizationRole = {
  id: number
  name: string
  base_role: string | null
  permissions: string[]
  /** Slugs of the teams that carry it. */
  teams: string[]
}
/** What the identity provider has told GitHub; no login until the person has linked an account. */
type Identity = { nameId: string; login: string | null }

export type Organization = {
  id: number
  login: string
  members: Map<string, Member>
  teams: Map<string, Team>
  invitations: Invitation[]
  roles: OrganizationRole[]
  /** Null: single sign-on is not set up. */
  identities: Identity[] | null
}

export type OrganizationSeed = {
  login: string
  members?: { login: string; role?: Member['role'] }[]
  teams?: { slug: string; parent?: string; members?: { login: string; role?: 'member' | 'maintainer' }[] }[]
  roles?: Omit<OrganizationRole, 'id'>[]
  identities?: Identity[]
}

export type AccountSeed = { id?: number; login: string; publicEmail?: string; verifiedEmails?: string[] }

export type Directory = ReturnType<typeof createDirectory>

/** Accounts and organizations, and what GitHub does to them. Logins are compared in small letters, as GitHub does. */
export function createDirectory(seeds: { accounts: AccountSeed[]; organizations: OrganizationSeed[] }) {
  let lastId = 1000
  const nextId = () => ++lastId
  const accounts = new Map<string, Account>()
  const organizations = new Map<string, Organization>()
  for (const { login, ...more } of seeds.accounts)
    accounts.set(login.toLowerCase(), { id: nextId(), verifiedEmails: [], ...more, login })
  for (const seed of seeds.organizations) organizations.set(seed.login, organizationOf(seed, nextId))

  const account = (login: string): Account => {
    const found = accounts.get(login.toLowerCase())
    if (!found) throw notFound()
    return found
  }
  const memberByEmail = ({ members }: Organization, email: string) =>
    [...accounts.values()].find(
      ({ login, verifiedEmails }) => members.has(login.toLowerCase()) && verifiedEmails.includes(email),
    )

  return {
    account,
    accountById: (id: number) => [...accounts.values()].find((one) => one.id === id),
    organization: (login: string): Organization => {
      const found = organizations.get(login.toLowerCase())
      if (!found) throw notFound()
      return found
    },
    /** An invitation by login, or one more team in the one that is pending. */
    inviteLogin: (org: Organization, login: string, teams: string[]): Invitation => {
      const pending = findPending(org, login)
      const invitation = pending ?? {
        id: nextId(),
        login: account(login).login,
        email: null,
        role: 'direct_member',
        teams: [],
      }
      invitation.teams = [...new Set([...invitation.teams, ...teams])]
      if (!pending) org.invitations.push(invitation)
      return invitation
    },
    inviteEmail: (org: Organization, email: string, { role, teams }: { role: string; teams: string[] }): Invitation => {
      if (memberByEmail(org, email))
        throw refusedInvitation('A user with this email addresss is already a part of this organization')
      if (org.invitations.some((one) => one.email === email))
        throw refusedInvitation('A user with this email is already invited')
      const invitation = { id: nextId(), login: null, email, role, teams }
      org.invitations.push(invitation)
      return invitation
    },
    /** What the invited person does on their side: from here on the e-mail is forgotten. */
    accept: (orgLogin: string, invitationId: number, login: string): void => {
      const org = organizations.get(orgLogin)
      const invitation = org?.invitations.find(({ id }) => id === invitationId)
      if (!org || !invitation) throw new Error('There is no such invitation')
      org.invitations = org.invitations.filter((one) => one !== invitation)
      org.members.set(login.toLowerCase(), { login, role: 'member' })
      for (const slug of invitation.teams) org.teams.get(slug)?.members.set(login.toLowerCase(), 'member')
    },
    rename: (from: string, to: string): void => {
      const found = account(from)
      accounts.delete(from.toLowerCase())
      accounts.set(to.toLowerCase(), { ...found, login: to })
    },
  }
}

export function findPending(org: Organization, login: string): Invitation | undefined {
  return org.invitations.find((one) => one.login?.toLowerCase() === login.toLowerCase())
}

/** A member of a child team counts as one of its parents (docs: "Get team membership for a user"). */
export function findTeamRole(org: Organization, slug: string, login: string): 'member' | 'maintainer' | undefined {
  const own = org.teams.get(slug)?.members.get(login.toLowerCase())
  if (own) return own
  const children = [...org.teams.values()].filter(({ parent }) => parent === slug)
  return children.map((child) => findTeamRole(org, child.slug, login)).find(Boolean)
}

export function removeMember(org: Organization, login: string): boolean {
  const wasMember = org.members.delete(login.toLowerCase())
  for (const team of org.teams.values()) team.members.delete(login.toLowerCase())
  const before = org.invitations.length
  org.invitations = org.invitations.filter((one) => one.login?.toLowerCase() !== login.toLowerCase())
  return wasMember || org.invitations.length < before
}

/** The teams of a role, by themselves or through a parent team. */
export function findTeamsWithRole(org: Organization, role: OrganizationRole): { team: Team; direct: boolean }[] {
  const carries = (team: Team): boolean => {
    const parent = team.parent === null ? undefined : org.teams.get(team.parent)
    return role.teams.includes(team.slug) || (parent !== undefined && carries(parent))
  }
  return [...org.teams.values()].filter(carries).map((team) => ({ team, direct: role.teams.includes(team.slug) }))
}

function refusedInvitation(message: string): GitHubFault {
  const error = { resource: 'OrganizationInvitation', code: 'unprocessable', field: 'data', message }
  return new GitHubFault(422, 'Validation Failed', { errors: [error] })
}

function organizationOf(seed: OrganizationSeed, nextId: () => number): Organization {
  const { login, members = [], teams = [], roles = [], identities = null } = seed
  return {
    id: nextId(),
    login,
    members: new Map(members.map((one) => [one.login.toLowerCase(), { login: one.login, role: one.role ?? 'member' }])),
    teams: new Map(
      teams.map(({ slug, parent = null, members: own = [] }) => [
        slug,
        {
          id: nextId(),
          slug,
          parent,
          members: new Map(own.map((one) => [one.login.toLowerCase(), one.role ?? 'member'])),
        },
      ]),
    ),
    invitations: [],
    roles: roles.map((role) => ({ id: nextId(), ...role })),
    identities,
  }
}
