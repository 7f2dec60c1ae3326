import type { Context } from 'hono'
import { hideSecrets } from '../core/redact.ts'

type Problem = {
  status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 500 | 503
  title: string
  detail: string
  code: string
  /** The id of the event under which the journal has what came. */
  event?: string | undefined
  /** The trace id of the request. */
  requestId?: string | undefined
  /** Every input that is wrong: where it stands and why, never what it holds. */
  errors?: readonly { in: string; name: string; why: string }[] | undefined
}

/** An error answer as RFC 9457 problem details: what happened, and what to do. */
export function sendProblem(c: Context, { detail, status, title, code, ...rest }: Problem): Response {
  return c.body(
    JSON.stringify({ type: 'about:blank', title, status, detail: hideSecrets(detail), code, ...rest }),
    status,
    {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    },
  )
}

/** The refusal of a body that is no JSON text. */
export function sendNotJson(c: Context): Response {
  return sendProblem(c, {
    status: 400,
    code: 'not_json',
    title: 'Not JSON',
    detail: 'The body of a hook is a JSON document.',
  })
}

/** The refusal of a method: the address is there, and is for others. */
export function sendWrongMethod(c: Context, allowed: readonly string[]): Response {
  c.header('allow', allowed.join(', '))
  return sendProblem(c, {
    status: 405,
    code: 'wrong_method',
    title: 'Wrong method',
    detail: `This address takes ${allowed.join(' and ')}.`,
  })
}
