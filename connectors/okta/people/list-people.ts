import {
  CredentialError,
  errorMessage,
  isRecord,
  type ListContext,
  type ListedPage,
  PermanentError,
  type PersonState,
  RetryAfterError,
} from '../../../src/index.ts'
import type { OktaAnswer, OktaClient } from '../org/client.ts'
import type { OktaConfig } from '../org/config.ts'
import { toHubError } from '../org/errors.ts'
import { afterRefusalSeconds, nextCursor, pauseSeconds } from '../org/paging.ts'
import { toPersonState, tryParseUser } from './person-state.ts'

type OktaListContext = ListContext<OktaClient, OktaConfig>

const pageSize = 200
/** Failures in a row for one page before the listing is given up. */
const mostFailures = 6
/** The wait after the first temporary error; it grows with each. */
const firstWaitSeconds = 2

/** Older than any user. A `filter` finds DEPROVISIONED users too, a plain list does not (Okta docs: Users API, list users). */
const beforeAnyUser = '1970-01-01T00:00:00.000Z'

/**
 * Lists every person in the org, or those who changed at or after `since`, page by page, deactivated people included. It
 * uses `filter`, because `search` lags. A person who changes meanwhile may be missed or come twice; the next listing
 * finds them. The place behind a page is Okta's own cursor: it goes with the same filter, and not with a deleted user.
 */
export async function* listPeople(context: OktaListContext): AsyncGenerator<ListedPage> {
  const { config, now, since, wait, log } = context
  const filter = `lastUpdated ge "${since ?? beforeAnyUser}"`
  let after = context.after ?? null
  do {
    const readAt = now().toISOString()
    const answer = await getPage(context, { filter, limit: String(pageSize), ...(after ? { after } : {}) })
    if (!Array.isArray(answer.body)) throw new Error('Okta answered something other than a list of users')
    after = nextCursor(answer.headers)
    const people = answer.body.flatMap((user) => toState(user, { policy: config, readAt, log }))
    yield { people, ...(after === null ? {} : { next: after }) }
    if (after !== null) await wait(pauseSeconds(answer.headers))
  } while (after !== null)
}

/** Gets one page, and waits and asks again after a failure, so that a long listing does not start again because of one. */
async function getPage({ client, signal, wait, log }: OktaListContext, query: Record<string, string>) {
  for (let failures = 1; ; failures++) {
    const thrown = await tryPage(client, { query, signal })
    if (!(thrown instanceof Error)) return thrown
    if (signal.aborted || failures >= mostFailures || isPermanent(thrown)) throw thrown
    const seconds =
      thrown instanceof RetryAfterError ? afterRefusalSeconds(thrown.retryAfterSeconds) : firstWaitSeconds * failures
    log.warn({ seconds, err: thrown }, 'Okta did not answer a page of the list: waiting')
    await wait(seconds)
  }
}

type Page = { query: Record<string, string>; signal: AbortSignal }

async function tryPage(client: OktaClient, { query, signal }: Page): Promise<(OktaAnswer & { ok: true }) | Error> {
  try {
    const answer = await client.get({ path: '/api/v1/users', query, signal })
    return answer.ok ? answer : toHubError(answer, 'listing users')
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(errorMessage(thrown))
  }
}

function isPermanent(thrown: Error): boolean {
  return thrown instanceof CredentialError || thrown instanceof PermanentError
}

type Reading = { policy: OktaConfig; readAt: string; log: OktaListContext['log'] }

/**
 * A user that we cannot parse must not hide the others: with its id alone it is listed as unknown, and read by id later.
 * Without an id nobody can be read.
 */
function toState(value: unknown, { policy, readAt, log }: Reading): PersonState[] {
  const user = tryParseUser(value)
  if (user !== null) return [toPersonState(user, { policy, readAt })]
  if (!isRecord(value) || typeof value.id !== 'string') {
    log.warn({}, 'A list of Okta users has an entry without an id: it is left out')
    return []
  }
  const unread = { status: 'unreadable', access: 'unknown', statusChangedAt: null } as const
  return [{ ...unread, authorityId: value.id, emails: [], logins: [], readAt }]
}
