import { z } from 'zod'
import { PermanentError } from '../../src/index.ts'
import type { Organization } from './client.ts'
import { nullWhenGone } from './errors.ts'
import { allPages } from './pages.ts'

const invitation = z.object({
  id: z.number(),
  login: z.string().nullable(),
  email: z.string().nullable(),
  role: z.string(),
  team_count: z.number(),
})

/** Somebody was asked in and has not answered yet. It counts as had: it can be accepted at any moment. */
export type Invitation = z.output<typeof invitation> & { teams: string[] }

/** Whom an invitation is looked for by; both in small letters. */
export type Invitee = { login: string | null; emails: readonly string[] }

const slugs = z.array(z.object({ slug: z.string() }))

/**
 * The pending invitations of one person. It is also what proves that the credential can see this organization: GitHub
 * answers 404 for a membership that is not there, and the same 404 to whoever may not look.
 *
 * @see https://docs.github.com/en/rest/orgs/members#list-pending-organization-invitations
 */
export async function pendingInvitations(organization: Organization, invitee: Invitee): Promise<Invitation[]> {
  const { login: org, request } = organization
  const all = await allPages((at) => request('GET /orgs/{org}/invitations', { org, ...at }), {
    of: z.array(invitation),
    doing: 'list invitations',
  })
  const own = all.filter(({ login, email }) => isFor({ login, email }, invitee))
  return Promise.all(own.map(async (one) => ({ ...one, teams: await teamsOf(organization, one) })))
}

/** Invites by e-mail as a plain member, and to the teams at once. */
export async function invite(organization: Organization, { email, teamIds }: { email: string; teamIds: number[] }) {
  const { login: org, request } = organization
  await request('POST /orgs/{org}/invitations', { org, email, role: 'direct_member', team_ids: teamIds })
}

export async function cancelInvitation({ login: org, request }: Organization, { id }: Invitation): Promise<void> {
  await nullWhenGone(request('DELETE /orgs/{org}/invitations/{invitation_id}', { org, invitation_id: id }))
}

/** An invitation to be owner, billing or hiring manager was somebody else's decision. */
export function refuseHigherRole(invitations: readonly Invitation[], org: string): void {
  const higher = invitations.find(({ role }) => role !== 'direct_member')
  if (!higher) return
  throw new PermanentError(
    `There is an invitation to ${org} with the role ${higher.role}, which the hub never gives: withdraw it by hand first`,
  )
}

async function teamsOf({ login: org, request }: Organization, { id, team_count }: z.output<typeof invitation>) {
  if (team_count === 0) return []
  const teams = await allPages(
    (at) => request('GET /orgs/{org}/invitations/{invitation_id}/teams', { org, invitation_id: id, ...at }),
    { of: slugs, doing: 'list the teams of an invitation' },
  )
  return teams.map(({ slug }) => slug)
}

function isFor({ login, email }: { login: string | null; email: string | null }, invitee: Invitee): boolean {
  if (login !== null && login.toLowerCase() === invitee.login) return true
  return email !== null && invitee.emails.includes(email.toLowerCase())
}
