import type { Context } from 'hono'
import { CredentialError, ownWords, UsageError } from '../../core/errors.ts'
import { isUnavailable } from '../../journal/index.ts'
import { sendProblem } from '../problem.ts'

/** Every code that the API answers an error with. Codes are stable: programs compare them. */
export const apiProblems = {
  wrong_parameter: { status: 400, title: 'Wrong parameter' },
  wrong_cursor: { status: 400, title: 'Wrong cursor' },
  not_json: { status: 400, title: 'Not JSON' },
  wrong_token: { status: 401, title: 'Wrong or missing token' },
  no_session: { status: 401, title: 'No session' },
  sign_in_again: { status: 401, title: 'Sign in again' },
  foreign_request: { status: 403, title: 'Foreign request' },
  not_in_emergency: { status: 403, title: 'Not in an emergency' },
  role_too_low: { status: 403, title: 'Role too low' },
  not_found: { status: 404, title: 'Not found' },
  unknown_delivery: { status: 404, title: 'Unknown delivery' },
  unknown_event: { status: 404, title: 'Unknown event' },
  unknown_person: { status: 404, title: 'Unknown person' },
  unknown_grant: { status: 404, title: 'Unknown grant' },
  unknown_request: { status: 404, title: 'Unknown request' },
  unknown_connector: { status: 404, title: 'Unknown connector' },
  unknown_batch: { status: 404, title: 'Unknown batch' },
  wrong_method: { status: 405, title: 'Wrong method' },
  several_found: { status: 409, title: 'Several found' },
  unknown_token: { status: 404, title: 'Unknown token' },
  unknown_emergency: { status: 404, title: 'Unknown emergency' },
  unknown_session: { status: 404, title: 'Unknown session' },
  not_held: { status: 409, title: 'Not held' },
  ends_search: { status: 409, title: 'Ends the search for accounts' },
  not_erasable: { status: 409, title: 'Not erasable' },
  resync_under_way: { status: 409, title: 'Resync under way' },
  under_way: { status: 409, title: 'Under way' },
  wrong_state: { status: 409, title: 'Wrong state' },
  other_plan: { status: 409, title: 'Another plan' },
  body_too_large: { status: 413, title: 'Body too large' },
  key_reused: { status: 422, title: 'Key used before' },
  wrong_token_wish: { status: 422, title: 'Wrong token' },
  wrong_until: { status: 422, title: 'Wrong end' },
  wrong_period: { status: 422, title: 'Wrong period' },
  empty_batch: { status: 422, title: 'Nothing fits' },
  batch_too_large: { status: 422, title: 'Too much fits' },
  too_much: { status: 422, title: 'Too much for one answer' },
  empty_filter: { status: 422, title: 'No filter' },
  needs_two_people: { status: 403, title: 'Two people decide' },
  refused: { status: 422, title: 'Refused' },
  internal: { status: 500, title: 'Internal error' },
  vendor_refuses: { status: 503, title: 'A vendor refuses the hub' },
  journal_unavailable: { status: 503, title: 'Journal not available' },
  too_busy: { status: 503, title: 'Too much at once' },
} as const satisfies Record<string, { status: Parameters<typeof sendProblem>[1]['status']; title: string }>

export type ApiCode = keyof typeof apiProblems

/** Thrown by a route, and answered as problem details. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly code: ApiCode

  constructor(code: ApiCode, detail: string) {
    super(detail)
    this.code = code
  }
}

/** One input that is wrong: where it stands, and why. It never holds the value. */
export type WrongInput = { in: string; name: string; why: string }

/** Answers with problem details under one of the codes. */
export function sendApiProblem(
  c: Context,
  code: ApiCode,
  { detail, errors }: { detail: string; errors?: readonly WrongInput[] },
): Response {
  return sendProblem(c, { ...apiProblems[code], code, detail, errors, requestId: c.get('traceId') })
}

/**
 * The answer to what was thrown: a problem of a route, or a refusal of `operate`, whose way out is written for the
 * terminal and left out here. Null: none of these, and a fault of the hub's.
 */
export function explainThrown(thrown: unknown): { code: ApiCode; detail: string } | null {
  if (thrown instanceof ApiProblem) return { code: thrown.code, detail: ownWords(thrown) }
  if (thrown instanceof UsageError) {
    const code = thrown.code !== null && isApiCode(thrown.code) ? thrown.code : 'refused'
    return { code, detail: `${ownWords(thrown)} ${thrown.why}` }
  }
  if (thrown instanceof CredentialError) {
    const detail = 'A vendor refuses the credential of the hub, so that nothing can be said of anybody.'
    return { code: 'vendor_refuses', detail }
  }
  if (!isUnavailable(thrown)) return null
  return { code: 'journal_unavailable', detail: 'The journal cannot be reached right now. Ask again in a moment.' }
}

function isApiCode(code: string): code is ApiCode {
  return Object.hasOwn(apiProblems, code)
}
