import { OktaFault } from './errors.ts'
import { type Comparison, compileFilter, type ReadAttribute } from './scim-filter.ts'
import type { OktaUser } from './user.ts'

export type UserQuery = { filter?: string; search?: string; q?: string; limit?: string; after?: string }

/** The most users on one page, whatever is asked for: 200 at Okta. */
type PageLimit = { most?: number | undefined }

export type UserPage = { users: OktaUser[]; next?: string }

const MAX_PAGE = 200
const DEFAULT_WITH_Q = 10

const FILTERABLE = new Set([
  'id',
  'status',
  'lastUpdated',
  'profile.login',
  'profile.email',
  'profile.firstName',
  'profile.lastName',
])
const ORDERED = new Set(['gt', 'ge', 'lt', 'le'])
const DATES = new Set(['created', 'activated', 'statusChanged', 'lastUpdated'])

/**
 * One page of `GET /api/v1/users` over all users of the tenant.
 *
 * A plain list and `q` omit DEPROVISIONED, `filter` and `search` include it (Okta docs: Users API, list users). The
 * cursor is the last id seen, so that a user who stops matching meanwhile neither repeats nor hides others.
 */
export function queryUsers(all: OktaUser[], query: UserQuery, { most = MAX_PAGE }: PageLimit = {}): UserPage {
  const limit = Math.min(parseLimit(query), most)
  const remaining = query.after ? all.slice(positionAfter(all, query.after)) : all
  const matching = remaining.filter(matcher(query))
  const users = matching.slice(0, limit)
  const last = users.at(-1)
  // Okta docs: `q` does not page.
  if (!last || query.q || matching.length <= limit) return { users }
  return { users, next: last.id }
}

function parseLimit({ limit, q }: UserQuery): number {
  if (limit === undefined) return q ? DEFAULT_WITH_Q : MAX_PAGE
  const parsed = Number(limit)
  if (!Number.isInteger(parsed) || parsed < 1) {
    throw new OktaFault('E0000001', { detail: 'limit', causes: ['limit: must be a positive integer'] })
  }
  return parsed
}

function positionAfter(users: OktaUser[], after: string): number {
  const index = users.findIndex((user) => user.id === after)
  if (index < 0) throw new OktaFault('E0000031', { causes: ['after: this cursor is no longer valid'] })
  return index + 1
}

function matcher({ filter, search, q }: UserQuery): (user: OktaUser) => boolean {
  if (filter) {
    const test = compileFilter(filter, { supports: filterSupports, caseSensitive: true })
    return (user) => test(reader(user))
  }
  if (search) {
    const test = compileFilter(search, { supports: searchSupports, caseSensitive: false })
    return (user) => test(reader(user))
  }
  return (user) => user.status !== 'DEPROVISIONED' && (!q || startsWith(user, q.toLowerCase()))
}

function filterSupports({ attribute, operator }: Comparison): boolean {
  if (!FILTERABLE.has(attribute)) return false
  return operator === 'eq' || (attribute === 'lastUpdated' && ORDERED.has(operator))
}

function searchSupports({ attribute, operator }: Comparison): boolean {
  if (operator === 'ne') return false
  return FILTERABLE.has(attribute) || DATES.has(attribute) || attribute.startsWith('profile.')
}

function reader(user: OktaUser): ReadAttribute {
  const { profile, ...top } = user
  const flat: Record<string, unknown> = { ...top }
  for (const [name, value] of Object.entries(profile)) flat[`profile.${name}`] = value
  return (attribute) => [flat[attribute]]
}

function startsWith({ profile }: OktaUser, q: string): boolean {
  return [profile.firstName, profile.lastName, profile.email].some((text) => text.toLowerCase().startsWith(q))
}
