import type { Person } from '../../../src/index.ts'
import { CredentialError, RetryAfterError } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'

/** Where the connector looked and saw nothing, because Auth0 failed there alone. */
export type Unseen = { target: string; error: unknown }

export type Found = { users: Auth0User[]; goneIds: string[]; unseen: Unseen[] }

type Search = { client: Auth0Client; config: Auth0Config; person: Person; signal: AbortSignal }

/** Every user that may be this person's: links, enterprise ids, and three searches for each known e-mail. */
export async function findUsersToDeny(search: Search): Promise<Found> {
  const { client, config, person } = search
  const emails = person.emails.filter((email) => isSearched(email, config))
  const searches = emails.flatMap((email) => [
    ...exactSearches(email, search),
    { target: searchTarget(email), run: () => client.searchUserIds(queryFor(email, search)) },
  ])
  const linkedOnly = identityTerms(search)
  if (searches.length > 0 || linkedOnly.length === 0) return look(search, searches)
  const run = () => client.searchUserIds(linkedOnly.join(' OR '))
  return look(search, [{ target: searchTarget(person.authorityId), run }])
}

/**
 * Users that the hub may have shut. Links tell, and nothing is searched when there are some, unless re-hires
 * are adopted. Without links
 * (a crash between the write and the note of it, a restored journal) the hub's own object is searched for, and the
 * e-mails by the endpoint that is never behind.
 */
export async function findUsersToAllow(search: Search): Promise<Found> {
  const { client, config, person } = search
  const byEmail = person.emails
    .filter((email) => isSearched(email, config))
    .flatMap((each) => exactSearches(each, search))
  // What an old id shut is not linked to the new one.
  if (person.links.length > 0) return look(search, config.AUTH0_ADOPT_REHIRES ? byEmail : [])
  const ourObject = `app_metadata.${config.AUTH0_METADATA_KEY}.id:${quoted(person.authorityId)}`
  return look(search, [
    { target: searchTarget(person.authorityId), run: () => client.searchUserIds(ourObject) },
    ...byEmail,
  ])
}

/** Every user with this e-mail, in any case, linked accounts included: for a subject of whom nothing else is known. */
export async function findUsersByEmail(email: string, search: Omit<Search, 'person'>): Promise<Found> {
  const { client, config, signal } = search
  if (!isSearched(email, config)) return { users: [], goneIds: [], unseen: [] }
  const target = searchTarget(email)
  const spellings = [...new Set([email, email.toLowerCase()])]
  const hits = await settle(
    [
      ...spellings.map((spelling) => ({ target, run: () => client.userIdsByEmail(spelling) })),
      { target, run: () => client.searchUserIds(emailTerms(email).join(' OR ')) },
    ],
    signal,
  )
  const found = await readUsers(search, [...new Set(hits.values.flat())])
  return { ...found, unseen: [...hits.unseen, ...found.unseen] }
}

/** The users with these ids, each read once. */
export async function readUsers({ client, signal }: Pick<Search, 'client' | 'signal'>, ids: string[]): Promise<Found> {
  const { values, unseen } = await settle(
    ids.map((id) => ({ target: id, run: async () => ({ id, user: await client.getUser(id) }) })),
    signal,
  )
  const users = values.flatMap(({ user }) => user ?? [])
  return { users: uniqueUsers(users), goneIds: values.flatMap(({ id, user }) => (user ? [] : [id])), unseen }
}

async function look(search: Search, searches: Task<string[]>[]): Promise<Found> {
  const { config, person, signal } = search
  const enterpriseIds = config.AUTH0_OKTA_CONNECTIONS.map((name) => `okta|${name}|${person.authorityId}`)
  const hits = await settle(searches, signal)
  const ids = new Set([...person.links, ...enterpriseIds, ...hits.values.flat()])
  const found = await readUsers(search, [...ids])
  return { ...found, unseen: [...hits.unseen, ...found.unseen] }
}

type Task<T> = { target: string; run: () => Promise<T> }

/**
 * All at once, and one failure does not hide the rest: a leaver's known users are locked though a search fails.
 * What concerns every call (a refused credential, a rate limit, a lost lease) ends the whole look.
 */
async function settle<T>(tasks: Task<T>[], signal: AbortSignal): Promise<{ values: T[]; unseen: Unseen[] }> {
  const results = await Promise.allSettled(tasks.map(({ run }) => run()))
  const values: T[] = []
  const unseen: Unseen[] = []
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') values.push(result.value)
    else unseen.push({ target: tasks[index]?.target ?? '', error: result.reason })
  }
  const common = unseen.find(({ error }) => error instanceof CredentialError || error instanceof RetryAfterError)
  if (common) throw common.error
  if (signal.aborted && unseen[0]) throw unseen[0].error
  return { values, unseen }
}

const searchPrefix = 'search:'

/** What stands in a plan for a search that failed: no user's id, which always holds a bar. */
function searchTarget(what: string): string {
  return `${searchPrefix}${what}`
}

export function isUserTarget(target: string): boolean {
  return !target.startsWith(searchPrefix)
}

function exactSearches(email: string, { client, person }: Search): Task<string[]>[] {
  return spellingsOf(email, person).map((spelling) => ({
    target: searchTarget(email),
    run: () => client.userIdsByEmail(spelling),
  }))
}

/** `users-by-email` is case-sensitive (Auth0 Management API: get users by email), so both spellings are asked. */
function spellingsOf(email: string, person: Person): string[] {
  const asWritten = person.state.emails.find((written) => written.toLowerCase() === email.toLowerCase())
  return [...new Set([asWritten ?? email, email.toLowerCase()])]
}

function isSearched(email: string, { AUTH0_EMAIL_DOMAINS: domains }: Auth0Config): boolean {
  return domains.length === 0 || domains.includes(email.slice(email.lastIndexOf('@') + 1).toLowerCase())
}

/** One query for the primary e-mail in any case, and for accounts linked as secondary ones. */
function queryFor(email: string, search: Search): string {
  return [...emailTerms(email), ...identityTerms(search)].join(' OR ')
}

function emailTerms(email: string): string[] {
  const address = quoted(email.toLowerCase())
  return [`email:${address}`, `identities.profileData.email:${address}`]
}

function identityTerms({ config, person }: Search): string[] {
  return config.AUTH0_OKTA_CONNECTIONS.map((name) => `identities.user_id:${quoted(`${name}|${person.authorityId}`)}`)
}

/** A Lucene phrase: inside quotes only the quote and the backslash mean something. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

function uniqueUsers(users: Auth0User[]): Auth0User[] {
  return [...new Map(users.map((user) => [user.user_id, user])).values()]
}
