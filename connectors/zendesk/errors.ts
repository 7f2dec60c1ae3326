import { CollisionError, isRecord, ObjectRefusedError, PermanentError } from '../../src/index.ts'

/** Zendesk's refusal: `{"error": "RecordInvalid", "description": "…", "details": {"role": [{"description": "…"}]}}`. */
type Refusal = { status: number; codes: string[]; words: string }

/**
 * Puts a refusal into the hub's words.
 *
 * @see https://developer.zendesk.com/api-reference/introduction/requests/#400-range
 */
export function toHubError(thrown: unknown, { doing, isWrite }: { doing: string; isWrite: boolean }): unknown {
  const refusal = readRefusal(thrown)
  if (!refusal) return thrown
  const { status, codes, words } = refusal
  const message = `Zendesk answered ${status} to "${doing}"${words && `: ${words}`}`
  if (status === 422 && isSeatLimit(refusal))
    return new PermanentError(`${message}. No agent seat is left: free one or buy one, then ask again`)
  // A temporary error, because the search lags behind and knows primary e-mails only: the next attempt reads again.
  if (status === 422 && codes.includes('DuplicateValue'))
    return new Error(`${message}. The user is there and the search does not show them yet, or it is a second e-mail`)
  // A write may be refused because of the user (one shared from another account, say); a read because of the user, or of
  // the token: the host finds out.
  if (status === 403 && !isWrite) return new ObjectRefusedError(message)
  // Not Zendesk's word for "there is no such object": a proxy, a wrong address, or a route that moved.
  if (status === 404) return new Error(`${message}. It does not say that there is no such object`)
  if (thrown instanceof CollisionError) return new CollisionError(message)
  return new PermanentError(message)
}

/** Zendesk's own word for an object that is not there: a 404 of a route, or of a proxy in front of it, proves nothing. */
export function isNotFound(thrown: unknown): boolean {
  if (!(thrown instanceof PermanentError) || thrown.answer?.status !== 404) return false
  const { body } = thrown.answer
  return isRecord(body) && body.error === 'RecordNotFound'
}

/** `MaxAgentExceeded` was seen by others (zendesk_api_client_rb#465); the words are those of the help center. */
function isSeatLimit({ codes, words }: Refusal): boolean {
  return codes.includes('MaxAgentExceeded') || /(?:agent|seat|subscription) limit|agents? allowed/i.test(words)
}

function readRefusal(thrown: unknown): Refusal | undefined {
  if (!(thrown instanceof PermanentError || thrown instanceof CollisionError) || !thrown.answer) return undefined
  const { status, body } = thrown.answer
  const given = isRecord(body) ? body : {}
  const lists: unknown[] = isRecord(given.details) ? Object.values(given.details) : []
  const details = lists.flat().filter(isRecord)
  // Some answers hold an object under `error`: `{"error": {"title": "Forbidden", "message": "…"}}`.
  const nested = isRecord(given.error) ? [given.error.title, given.error.message] : [given.error]
  const texts = [...nested, given.description, ...details.map(({ description }) => description)]
  const codes = [given.error, ...details.map(({ error }) => error)].filter((code) => typeof code === 'string')
  return {
    status,
    codes,
    words: texts
      .filter((text) => typeof text === 'string')
      .join(': ')
      .slice(0, 300),
  }
}
