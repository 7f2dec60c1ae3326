import type { Person } from '../../../src/index.ts'
import { CredentialError, RetryAfterError } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { isInEmailDomains } from './ownership.ts'

/** A search or a read that failed. `target`: a user's id, or the text of the search. */
export type Unseen = { target: string; error: unknown }

export type Found = { users: Auth0User[]; goneIds: string[]; unseen: Unseen[] }

type Search = { client: Auth0Client; config: Auth0Config; person: Person; signal: AbortSignal }

/** Finds every user that may be this person's: by links, by enterprise ids, and by three searches for each known e-mail. */
export async function findUsersToDeny(search: Search): Promise<Found> {
  const { client, config, person } = search
  const emails = person.emails.filter((email) => isInEmailDomains(email, config))
  const searches = emails.flatMap((email) => [
    ...exactSearches(email, search),
    { target: nameSearch(email), run: () => client.searchUserIds(queryOf(email, search)) },
  ])
  const linkedOnly = identityTerms(search)
  if (searches.length > 0 || linkedOnly.length === 0) return searchAndRead(search, searches)
  const run = () => client.searchUserIds(linkedOnly.join(' OR '))
  return searchAndRead(search, [{ target: nameSearch(person.authorityId), run }])
}

/**
 * Finds the users that the hub may have denied. If the person has links, these are the users, and nothing is searched
 * (with AUTH0_ADOPT_REHIRES the e-mails are, because what was denied for an old id is not linked to the new one).
 * Without links (a crash between the write and its record, a restored journal) we search for the hub's object, which
 * may lag, and for the e-mails through the endpoint that does not lag.
 */
export async function findUsersToAllow(search: Search): Promise<Found> {
  const { client, config, person } = search
  const byEmail = person.emails
    .filter((email) => isInEmailDomains(email, config))
    .flatMap((each) => exactSearches(each, search))
  if (person.links.length > 0) return searchAndRead(search, config.AUTH0_ADOPT_REHIRES ? byEmail : [])
  const ourObject = `app_metadata.${config.AUTH0_METADATA_KEY}.id:${quote(person.authorityId)}`
  return searchAndRead(search, [
    { target: nameSearch(person.authorityId), run: () => client.searchUserIds(ourObject) },
    ...byEmail,
  ])
}

/** Finds every user with this e-mail in any letter case, in linked accounts too: for a subject whom the authority does not know. */
export async function findUsersByEmail(email: string, search: Omit<Search, 'person'>): Promise<Found> {
  const { client, config, signal } = search
  if (!isInEmailDomains(email, config)) return { users: [], goneIds: [], unseen: [] }
  const target = nameSearch(email)
  const spellings = [...new Set([email, email.toLowerCase()])]
  const hits = await runAll(
    [
      ...spellings.map((spelling) => ({ target, run: () => client.findUserIdsByEmail(spelling) })),
      { target, run: () => client.searchUserIds(emailTerms(email).join(' OR ')) },
    ],
    signal,
  )
  const found = await readUsers(search, [...new Set(hits.values.flat())])
  return { ...found, unseen: [...hits.unseen, ...found.unseen] }
}

/** Reads the users with these ids. `goneIds`: those that Auth0 does not have. */
export async function readUsers({ client, signal }: Pick<Search, 'client' | 'signal'>, ids: string[]): Promise<Found> {
  const { values, unseen } = await runAll(
    ids.map((id) => ({ target: id, run: async () => ({ id, user: await client.getUser(id) }) })),
    signal,
  )
  const users = values.flatMap(({ user }) => user ?? [])
  return { users: uniqueUsers(users), goneIds: values.flatMap(({ id, user }) => (user ? [] : [id])), unseen }
}

async function searchAndRead(search: Search, searches: Task<string[]>[]): Promise<Found> {
  const { config, person, signal } = search
  const enterpriseIds = config.AUTH0_OKTA_CONNECTIONS.map((name) => `okta|${name}|${person.authorityId}`)
  const hits = await runAll(searches, signal)
  const ids = new Set([...person.links, ...enterpriseIds, ...hits.values.flat()])
  const found = await readUsers(search, [...ids])
  return { ...found, unseen: [...hits.unseen, ...found.unseen] }
}

type Task<T> = { target: string; run: () => Promise<T> }

/**
 * Runs all tasks at once and collects their failures, so that a person's known users can be denied although a search
 * failed. What concerns every call (a refused credential, a rate limit, a lost lease) is thrown.
 */
async function runAll<T>(tasks: Task<T>[], signal: AbortSignal): Promise<{ values: T[]; unseen: Unseen[] }> {
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

/** Names a search in a plan. It cannot be a user's id, because every user's id contains a bar (`auth0|…`). */
function nameSearch(what: string): string {
  return `${searchPrefix}${what}`
}

export function isUserTarget(target: string): boolean {
  return !target.startsWith(searchPrefix)
}

function exactSearches(email: string, { client, person }: Search): Task<string[]>[] {
  return spellingsOf(email, person).map((spelling) => ({
    target: nameSearch(email),
    run: () => client.findUserIdsByEmail(spelling),
  }))
}

/** The spelling that the authority uses, and lower case: `users-by-email` minds the letter case (Auth0 Management API: get users by email). */
function spellingsOf(email: string, person: Person): string[] {
  const asWritten = person.state.emails.find((written) => written.toLowerCase() === email.toLowerCase())
  return [...new Set([asWritten ?? email, email.toLowerCase()])]
}

/** One query for the e-mail (users' own and of linked accounts) and for the person's enterprise identities. */
function queryOf(email: string, search: Search): string {
  return [...emailTerms(email), ...identityTerms(search)].join(' OR ')
}

function emailTerms(email: string): string[] {
  const address = quote(email.toLowerCase())
  return [`email:${address}`, `identities.profileData.email:${address}`]
}

function identityTerms({ config, person }: Search): string[] {
  return config.AUTH0_OKTA_CONNECTIONS.map((name) => `identities.user_id:${quote(`${name}|${person.authorityId}`)}`)
}

/** A Lucene phrase. Inside it the quote and the backslash alone must be escaped. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

function uniqueUsers(users: Auth0User[]): Auth0User[] {
  return [...new Map(users.map((user) => [user.user_id, user])).values()]
}
