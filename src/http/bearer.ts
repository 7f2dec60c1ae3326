import type { Context } from 'hono'
import { matchesAnySecret } from '../core/crypto.ts'
import { sendProblem } from './problem.ts'

/** The token that a request bears; undefined: none. */
export function readBearer(c: Context): string | undefined {
  return /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1]
}

/** Whether a request bears this token; the comparison takes as long for a wrong one. */
export function bearsToken(c: Context, token: string): boolean {
  const given = readBearer(c)
  return given !== undefined && matchesAnySecret(given, [token])
}

/** The refusal of a request that does not bear the token of a setting. */
export function sendWrongToken(c: Context, { what, setting }: { what: string; setting: string }): Response {
  c.header('www-authenticate', 'Bearer')
  const detail = `${what} for who bears the token of ${setting}: authorization: Bearer <token>.`
  return sendProblem(c, { status: 401, code: 'wrong_token', title: 'Wrong or missing token', detail })
}
