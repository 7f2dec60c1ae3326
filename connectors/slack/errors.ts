import {
  CredentialError,
  isRecord,
  ObjectRefusedError,
  PermanentError,
  RetryAfterError,
  TimeoutError,
} from '../../src/index.ts'

// Slack docs: the errors that every method has, docs.slack.dev/reference/methods/chat.postMessage#errors.
const ofTheToken = new Set(['invalid_auth', 'not_authed', 'token_revoked', 'token_expired', 'account_inactive'])
/** They concern one method or one conversation, and the token may be good for the others. */
const ofTheCall = new Set([
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'access_denied',
  'ekm_access_denied',
  'restricted_action',
  'team_access_not_granted',
])
const ofTheMoment = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'])
const ofTheRate = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded'])

const usualWaitSeconds = 30

const advice: Record<string, string> = {
  channel_not_found: 'Check SLACK_CHANNEL, and invite the app to it.',
  not_in_channel: 'Invite the app to the channel.',
  is_archived: 'Choose another SLACK_CHANNEL.',
}

/** Puts a failure of Slack's SDK into the hub's words. Its classes are recognised by `code`: the SDK is loaded lazily. */
export function toHubError(thrown: unknown): unknown {
  if (!isRecord(thrown)) return thrown
  const { code, data, original, retryAfter, statusCode } = thrown
  if (code === 'slack_webapi_rate_limited_error' && typeof retryAfter === 'number') {
    return new RetryAfterError('Slack limits the rate of calls', { retryAfterSeconds: retryAfter, cause: thrown })
  }
  if (code === 'slack_webapi_http_error') return judgeStatus(statusCode)
  if (code === 'slack_webapi_request_error')
    return original instanceof TimeoutError ? original : makeUnreachableError(original)
  if (code === 'slack_webapi_platform_error') return judgeRefusal(isRecord(data) ? data : {})
  return thrown
}

/** All words by which Slack says that nobody has the e-mail, or nobody who could be told. */
const ofNobody = new Set([
  'users_not_found',
  'user_not_found',
  'user_not_visible',
  'user_disabled',
  'users_not_visible',
  'no_user',
  'account_not_found',
  'invalid_email',
])

/** Words by which Slack refuses a direct message to this one user. */
const ofThatUser = new Set([...ofNobody, 'cannot_dm_bot', 'messages_tab_disabled', 'user_is_bot', 'user_is_restricted'])

/** True when nobody in Slack has the e-mail that was looked for. */
export function isNobody(thrown: unknown): boolean {
  return ofNobody.has(readRefusal(thrown) ?? '')
}

/** True when this one user cannot be written to: the channel was told, and nobody is to be told in person. */
export function isUnreachable(thrown: unknown): boolean {
  return ofThatUser.has(readRefusal(thrown) ?? '')
}

/** The name of Slack's refusal, if it is one. */
function readRefusal(thrown: unknown): string | undefined {
  const data = isRecord(thrown) && thrown.code === 'slack_webapi_platform_error' ? thrown.data : undefined
  return isRecord(data) && typeof data.error === 'string' ? data.error : undefined
}

function judgeStatus(status: unknown): Error {
  const text = `Slack answered ${String(status)}`
  return status === 401 ? new CredentialError(text) : new Error(text)
}

function makeUnreachableError(original: unknown): Error {
  return new Error('Slack could not be reached', { cause: original })
}

function judgeRefusal({ error, needed }: Record<string, unknown>): Error {
  // The SDK puts a body that is no JSON where the error's name would be.
  if (typeof error !== 'string' || !/^[a-z][a-z_]{1,60}$/.test(error)) {
    return new Error('Slack answered neither "ok" nor with an error')
  }
  const text = `Slack refused: ${error}`
  if (error === 'missing_scope') return new ObjectRefusedError(`${text}. The app needs the scope ${String(needed)}.`)
  if (ofTheToken.has(error)) return new CredentialError(text)
  if (ofTheCall.has(error)) return new ObjectRefusedError(text)
  if (ofTheRate.has(error)) return new RetryAfterError(text, { retryAfterSeconds: usualWaitSeconds })
  if (ofTheMoment.has(error)) return new Error(text)
  return new PermanentError(advice[error] ? `${text}. ${advice[error]}` : text)
}
