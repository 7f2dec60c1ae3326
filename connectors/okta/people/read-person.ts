import {
  foldEmail,
  isRecord,
  type NotFound,
  type PersonState,
  type ReadContext,
  sameEmail,
} from '../../../src/index.ts'
import type { OktaClient } from '../org/client.ts'
import type { OktaConfig } from '../org/config.ts'
import { isAbsent, toHubError } from '../org/errors.ts'
import { nextCursor } from '../org/paging.ts'
import { judgeLeaving } from './judge-leaving.ts'
import { type OktaUser, parseUser, toPersonState, tryParseUser } from './person-state.ts'

type OktaReadContext = ReadContext<OktaClient, OktaConfig>

/**
 * Reads one person's state by id. Okta takes a login, a short name or `me` for an id too (Okta docs: Users API, retrieve
 * a user), so that an answer with another id counts as "not found, but not for certain".
 */
export async function readPerson(
  context: OktaReadContext & { authorityId: string; known?: PersonState | null },
): Promise<PersonState | NotFound> {
  const { client, config, signal, authorityId } = context
  const readAt = context.now().toISOString()
  const answer = await client.get({ path: `/api/v1/users/${encodeURIComponent(authorityId)}`, signal })
  if (!answer.ok) {
    if (answer.status !== 404) throw toHubError(answer, 'reading a user')
    const detail = `Okta answered ${[404, answer.code, answer.summary].filter(Boolean).join(' ')}`
    return { notFound: true, certain: isAbsent(answer), detail }
  }
  const user = parseUser(answer.body)
  if (user.id !== authorityId) {
    return { notFound: true, certain: false, detail: 'Okta answered with a user of another id' }
  }
  return judgeLeaving(toPersonState(user, { policy: config, readAt }), context)
}

const pageSize = 200
const mostPages = 5

/**
 * Finds every person in the org who has this e-mail in any letter case, deactivated people included. It needs two
 * queries: `filter` is up to date but minds the letter case, `search` does not mind it but lags (Okta docs: Users API,
 * list users). A person found by `search` alone is read again by id.
 */
export async function findHolders(context: OktaReadContext & { email: string }): Promise<PersonState[]> {
  const { config, now } = context
  const { email } = context
  const readAt = now().toISOString()
  const [filtered, searched] = await Promise.all([
    listUsers(context, { filter: matchEmail(email) }),
    listUsers(context, { search: matchEmail(foldEmail(email)) }),
  ])
  const states = filtered.users.map((user) => toPersonState(user, { policy: config, readAt }))
  const known = new Set(states.map((state) => state.authorityId))
  // One that cannot be made out in a list is read by id: that person may be the one who holds it and may come in.
  for (const id of [...searched.users.map((user) => user.id), ...filtered.unread, ...searched.unread]) {
    if (known.has(id)) continue
    known.add(id)
    const state = await readPerson({ ...context, authorityId: id })
    if (!('notFound' in state)) states.push(state)
  }
  return states.filter(({ emails }) => emails.some((one) => sameEmail(one, email)))
}

/** `"` and `\` are escaped as in JSON (RFC 7644, section 3.4.2.2: a filter's values are JSON). */
function matchEmail(email: string): string {
  const value = JSON.stringify(email)
  return `profile.email eq ${value} or profile.login eq ${value}`
}

async function listUsers(context: OktaReadContext, question: { filter: string } | { search: string }) {
  const { client, signal, log } = context
  const users: OktaUser[] = []
  const unread: string[] = []
  let after: string | null = null
  for (let page = 0; page < mostPages; page++) {
    const query: Record<string, string> = { ...question, limit: String(pageSize), ...(after ? { after } : {}) }
    const answer = await client.get({ path: '/api/v1/users', query, signal })
    if (!answer.ok) throw toHubError(answer, 'looking for an e-mail')
    if (!Array.isArray(answer.body)) throw new Error('Okta answered something other than a list of users')
    for (const value of answer.body) {
      const user = tryParseUser(value)
      if (user) users.push(user)
      else if (isRecord(value) && typeof value.id === 'string') unread.push(value.id)
    }
    after = nextCursor(answer.headers)
    if (after === null) return { users, unread }
  }
  log.warn({ users: users.length }, 'more people share one e-mail in Okta than are looked at')
  return { users, unread }
}
