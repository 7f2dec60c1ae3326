import { z } from 'zod'
import { foldEmail, PermanentError } from '../../src/index.ts'
import { readAllPages, readOrNull } from './answers.ts'
import type { Organization } from './client.ts'

/** Without an id it could be neither matched nor withdrawn. A role that cannot be made out counts as a higher one. */
const invitation = z.object({
  id: z.number(),
  login: z.string().nullish().catch(null),
  email: z.string().nullish().catch(null),
  role: z.string().catch('unknown'),
  team_count: z.number().nullish().catch(null),
})

/** An invitation that is not answered yet. It counts as access, because it can be accepted at any moment. */
export type Invitation = z.output<typeof invitation> & { teams: string[] }

/** What invitations are searched by; all in lower case. */
export type Invitee = { logins: readonly string[]; emails: readonly string[] }

const team = z.object({ slug: z.string() })

/**
 * Lists the pending invitations of one person. The call also proves that the credential can see this organization:
 * GitHub answers 404 for a membership that does not exist, and the same 404 to a caller who may not see it.
 *
 * @see https://docs.github.com/en/rest/orgs/members#list-pending-organization-invitations
 */
export async function listPendingInvitations(organization: Organization, invitee: Invitee): Promise<Invitation[]> {
  const { login: org, request } = organization
  const all = await readAllPages((at) => request('GET /orgs/{org}/invitations', { org, ...at }), {
    of: invitation,
    doing: 'list invitations',
  })
  const own = all.items.filter((one) => isFor(one, invitee))
  return Promise.all(own.map(async (one) => ({ ...one, teams: await readInvitationTeams(organization, one) })))
}

/** Invites by e-mail as a plain member, and to the teams at once. */
export async function sendInvitation(
  organization: Organization,
  { email, teamIds }: { email: string; teamIds: number[] },
) {
  const { login: org, request } = organization
  await request('POST /orgs/{org}/invitations', { org, email, role: 'direct_member', team_ids: teamIds })
}

export async function cancelInvitation({ login: org, request }: Organization, { id }: Invitation): Promise<void> {
  await readOrNull(request('DELETE /orgs/{org}/invitations/{invitation_id}', { org, invitation_id: id }))
}

/** Refuses invitations as owner, billing or hiring manager: the hub did not send those. */
export function refuseHigherRole(invitations: readonly Invitation[], org: string): void {
  const higher = invitations.find(({ role }) => role !== 'direct_member')
  if (!higher) return
  throw new PermanentError(
    `There is an invitation to ${org} with the role ${higher.role}, which the hub never gives: withdraw it by hand first`,
  )
}

async function readInvitationTeams(
  { login: org, request }: Organization,
  { id, team_count }: z.output<typeof invitation>,
) {
  if (team_count === 0) return []
  const teams = await readAllPages(
    (at) => request('GET /orgs/{org}/invitations/{invitation_id}/teams', { org, invitation_id: id, ...at }),
    { of: team, doing: 'list the teams of an invitation' },
  )
  return teams.items.map(({ slug }) => slug)
}

function isFor({ login, email }: z.output<typeof invitation>, { logins, emails }: Invitee): boolean {
  if (login && logins.includes(login.toLowerCase())) return true
  return Boolean(email) && emails.includes(foldEmail(String(email)))
}
