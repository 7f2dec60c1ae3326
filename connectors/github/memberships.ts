import { z } from 'zod'
import { parseAnswer, readOrNull } from './answers.ts'
import type { Organization } from './client.ts'

const membership = z.object({
  state: z.enum(['active', 'pending']),
  role: z.string(),
  user: z.object({ id: z.number() }).nullish().catch(null),
})

export type Membership = z.output<typeof membership>

const team = z.object({ id: z.number(), slug: z.string() })

export type Team = z.output<typeof team>

/**
 * Null: no member, and not invited by login. `role` is `member`, or one that the hub never gives: `admin` (an owner),
 * `billing_manager`.
 *
 * @see https://docs.github.com/en/rest/orgs/members#get-organization-membership-for-a-user
 */
export async function readMembership({ login: org, request }: Organization, username: string) {
  const answer = await readOrNull(request('GET /orgs/{org}/memberships/{username}', { org, username }))
  return answer && parseAnswer(membership, answer.data, 'read a membership')
}

/** Null: not in the team, and not in one of its child teams, whose members count as its own. */
export async function readTeamMembership({ login: org, request }: Organization, slug: string, username: string) {
  const route = 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}'
  const answer = await readOrNull(request(route, { org, team_slug: slug, username }))
  return answer && parseAnswer(membership, answer.data, 'read a team membership')
}

/** Null: there is no such team, or the credential may not see it. */
export async function readTeam({ login: org, request }: Organization, slug: string): Promise<Team | null> {
  const answer = await readOrNull(request('GET /orgs/{org}/teams/{team_slug}', { org, team_slug: slug }))
  return answer && parseAnswer(team, answer.data, 'read a team')
}

/** Invites to the organization as a plain member. Call it only for a person who is no member: it would demote an owner. */
export async function addMember({ login: org, request }: Organization, username: string): Promise<void> {
  await request('PUT /orgs/{org}/memberships/{username}', { org, username, role: 'member' })
}

/** Adds to the team; who is not in the organization yet is invited to both. */
export async function addToTeam({ login: org, request }: Organization, slug: string, username: string): Promise<void> {
  const route = 'PUT /orgs/{org}/teams/{team_slug}/memberships/{username}'
  await request(route, { org, team_slug: slug, username, role: 'member' })
}

/** Takes out of the organization and all its teams, or withdraws the invitation by login. */
export async function removeMember({ login: org, request }: Organization, username: string): Promise<void> {
  await readOrNull(request('DELETE /orgs/{org}/memberships/{username}', { org, username }))
}

export async function removeFromTeam({ login: org, request }: Organization, slug: string, username: string) {
  const route = 'DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}'
  await readOrNull(request(route, { org, team_slug: slug, username }))
}
