import type { Person } from '../../../src/index.ts'
import { foldEmail, sameEmail } from '../../../src/index.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { listEnterpriseIdentities, listEnterpriseIds, listIdentityIds } from './okta-identities.ts'
import { isInEmailDomains } from './ownership.ts'
import { bothOf, runAll, type Task, type Unseen } from './run-all.ts'

export type Found = { users: Auth0User[]; goneIds: string[]; unseen: Unseen[] }

export type Search = {
  client: Auth0Client
  config: Auth0Config
  person: Person
  signal: AbortSignal
  /** Told of each user that may be the person's as soon as it is read, while other searches and reads are under way. */
  begin?: ((user: Auth0User) => void) | undefined
}

/** Finds every user that may be this person's: by known ids, and by the searches. */
export async function findUsersToDeny(search: Search): Promise<Found> {
  return searchAndRead(search, listSearches(search))
}

/** Finds the users that the person is known to have, and those that the operator's connections would have: no search. */
export async function findKnownUsers(search: Search): Promise<Found> {
  return searchAndRead(search, [])
}

/** The ids that are read without a search: the person's links, then the ids in the operator's connections. */
export function listKnownIds({ config, person }: Pick<Search, 'config' | 'person'>): string[] {
  return [...new Set([...person.links, ...listEnterpriseIds(person, config)])]
}

/** For each known e-mail one search in each spelling and one in any letter case, linked accounts included. */
function listSearches(search: Search): Task<string[]>[] {
  const { client, config, person } = search
  const emails = person.emails.filter((email) => isInEmailDomains(email, config))
  const searches = emails.flatMap((email) => [
    ...exactSearches(email, search),
    { target: nameSearch(email), run: () => client.searchUserIds(queryOf(email, search)) },
  ])
  const linkedOnly = identityTerms(search)
  if (searches.length > 0 || linkedOnly.length === 0) return searches
  const run = () => client.searchUserIds(linkedOnly.join(' OR '))
  return [{ target: nameSearch(person.authorityId), run }]
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
  const spellings = [...new Set([email, foldEmail(email)])]
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

/** The least plan of Auth0 bears 2 calls a second: more at once would use up the waits that a refused call has. */
const mostReadsAtOnce = 4

/**
 * Reads the users with these ids. `goneIds`: those of which Auth0 says that it has no such user. Of a guess, an id under
 * which nobody has been seen, any 404 is an answer; of the others only Auth0's own words are.
 */
export async function readUsers(
  { client, signal, begin }: Pick<Search, 'client' | 'signal' | 'begin'>,
  ids: readonly string[],
  isGuess: (id: string) => boolean = () => false,
): Promise<Found> {
  const readUser = async (id: string) => {
    const user = await (isGuess(id) ? client.guessUser(id) : client.getUser(id))
    if (user) begin?.(user)
    return { id, user }
  }
  const { values, unseen } = await runAll(
    ids.map((id) => ({ target: id, run: () => readUser(id) })),
    signal,
    mostReadsAtOnce,
  )
  const users = values.flatMap(({ user }) => user ?? [])
  return { users: uniqueUsers(users), goneIds: values.flatMap(({ id, user }) => (user ? [] : [id])), unseen }
}

/** Finds the users who hold one of these ids as an identity: the account was linked to theirs. */
export async function readIdentityHolders(search: Search, ids: readonly string[]): Promise<Found> {
  const { client, signal } = search
  const hits = await runAll(
    ids.map((id) => ({
      target: nameSearch(id),
      run: () => client.searchUserIds(`identities.user_id:${quote(id.slice(id.indexOf('|') + 1))}`),
    })),
    signal,
  )
  // Who holds none of them is left out below, so that nothing begins with it.
  const found = await readUsers({ client, signal }, [...new Set(hits.values.flat())])
  const wanted = new Set(ids)
  const holds = ({ user_id, identities }: Auth0User) =>
    wanted.has(user_id) || identities.some((one) => wanted.has(`${one.provider}|${one.user_id}`))
  return { ...found, users: found.users.filter(holds), unseen: [...hits.unseen, ...found.unseen] }
}

/**
 * Reads what the person is known by while the searches run, then what they found. A connection has one strategy: where
 * a user of it was seen, the ids of the other strategies are not asked for.
 */
async function searchAndRead(search: Search, searches: Task<string[]>[]): Promise<Found> {
  const { person, config, signal } = search
  const { links } = person
  const likely = listEnterpriseIds(person, config).filter((id) => id.startsWith('okta|') && !links.includes(id))
  const [hits, known] = await bothOf(
    runAll(searches, signal),
    readUsers(search, [...links, ...likely], (id) => !links.includes(id)),
  )
  // A guess that was not there, and that a search has found, is read again: now Auth0's own words alone say that it is gone.
  const answered = new Set(
    [...known.users, ...known.unseen].map((one) => ('user_id' in one ? one.user_id : one.target)),
  )
  const hitIds = [...new Set(hits.values.flat())]
  const searched = await readUsers(
    search,
    hitIds.filter((id) => !links.includes(id) && !answered.has(id)),
  )
  const users = [...known.users, ...searched.users]
  const shown = new Set(users.flatMap(listEnterpriseIdentities).map(({ connection }) => connection))
  const asked = new Set([...links, ...likely, ...hitIds])
  const others = listKnownIds(search).filter((id) => !asked.has(id) && !shown.has(id.split('|')[1] ?? ''))
  const guessed = await readUsers(search, others, () => true)
  return {
    users: uniqueUsers([...users, ...guessed.users]),
    goneIds: [...new Set([...known.goneIds, ...searched.goneIds, ...guessed.goneIds])],
    unseen: [...hits.unseen, ...known.unseen, ...searched.unseen, ...guessed.unseen],
  }
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
  return listSpellings(email, person).map((spelling) => ({
    target: nameSearch(email),
    run: () => client.findUserIdsByEmail(spelling),
  }))
}

/**
 * Every spelling that the authority has of an e-mail (as an e-mail, or as a login), and the folded one: `users-by-email`
 * minds the letter case (Auth0 Management API: get users by email).
 */
function listSpellings(email: string, { spellings, logins }: Person): string[] {
  const written = [...spellings, ...logins].filter((one) => sameEmail(one, email))
  return [...new Set([...written, foldEmail(email)])]
}

/** One query for the e-mail (users' own and of linked accounts) and for the person's enterprise identities. */
function queryOf(email: string, search: Search): string {
  return [...emailTerms(email), ...identityTerms(search)].join(' OR ')
}

function emailTerms(email: string): string[] {
  const address = quote(foldEmail(email))
  return [`email:${address}`, `identities.profileData.email:${address}`]
}

function identityTerms({ config, person }: Search): string[] {
  return listIdentityIds(person, config).map((id) => `identities.user_id:${quote(id)}`)
}

/** A Lucene phrase. Inside it the quote and the backslash alone must be escaped. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

export function uniqueUsers(users: Auth0User[]): Auth0User[] {
  return [...new Map(users.map((user) => [user.user_id, user])).values()]
}
