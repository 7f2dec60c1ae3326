import type { Context } from 'hono'
import type { Caller } from '../../signin/caller.ts'
import { findCaller } from '../../signin/find-caller.ts'
import { readBearer } from '../bearer.ts'
import { findOwnSession } from '../signin/find-own-session.ts'
import { isOwnRequest } from '../signin/is-own-request.ts'
import { readSessionCookie } from '../signin/session-cookie.ts'
import type { ApiNeeds } from './needs.ts'
import type { ApiCode } from './problems.ts'

type AskerNeeds = Pick<ApiNeeds, 'journal' | 'log' | 'consoleUrl' | 'takesLocalLinks'>

/** Why nobody asks, as it is answered. */
export type NoAsker = { code: ApiCode; detail: string }

/**
 * Finds who asks: by the token that a request bears, else by the cookie of a session. One that bears a token is never
 * taken for its cookie's: a wrong token is wrong.
 */
export async function findAsker(c: Context, needs: AskerNeeds): Promise<Caller | NoAsker> {
  if (c.req.header('authorization') !== undefined) {
    const token = readBearer(c)
    return (token === undefined ? null : await findCaller(needs, token)) ?? wrongToken
  }
  if (readSessionCookie(c) === undefined) return wrongToken
  const found = await findOwnSession(c, needs)
  if (found === 'roles_old') return rolesOld
  if (found === null || typeof found === 'string') return noSession
  const mayAsk = isSafe(c) ? !isFromInsideAnother(c) : isOwnRequest(c, needs) && hasJson(c)
  return mayAsk ? found : foreignRequest
}

/** One answer for no token, and for one that is unknown, revoked, expired, or of a person who is denied. */
const wrongToken: NoAsker = { code: 'wrong_token', detail: 'Send a token that is valid: authorization: Bearer bh_….' }

/** One answer for every session that opens nothing: the log says which it was. */
const noSession: NoAsker = { code: 'no_session', detail: 'The session is over. Sign in.' }

const rolesOld: NoAsker = {
  code: 'sign_in_again',
  detail: 'The issuer has not said for an hour what you may do. Sign in again: it may ask nothing.',
}

const foreignRequest: NoAsker = {
  code: 'foreign_request',
  detail:
    'What a session reads is asked by a page of this hub, or by going there; what it orders comes from such a page, with a body of the type application/json.',
}

function isSafe(c: Context): boolean {
  return c.req.method === 'GET' || c.req.method === 'HEAD'
}

/**
 * Whether a page of another port of this machine, or of a sibling host, asks from inside itself: browsers send it the
 * cookie, since to them it is the same site. It cannot read the answer, and must not have vendors asked either.
 */
function isFromInsideAnother(c: Context): boolean {
  const site = c.req.header('sec-fetch-site')
  const isOthers = site === 'same-site' || site === 'cross-site'
  return isOthers && c.req.header('sec-fetch-mode') !== 'navigate'
}

/** A form of another page cannot have this type. */
function hasJson(c: Context): boolean {
  return /^application\/json *(;|$)/i.test(c.req.header('content-type') ?? '')
}
