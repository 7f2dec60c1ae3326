import {
  CredentialError,
  isRecord,
  type ListContext,
  PermanentError,
  type PersonState,
  RetryAfterError,
} from '../../../src/index.ts'
import type { OktaAnswer, OktaClient } from '../org/client.ts'
import type { OktaConfig } from '../org/config.ts'
import { toError } from '../org/errors.ts'
import { afterRefusalSeconds, nextCursor, pauseSeconds } from '../org/paging.ts'
import { oktaUser, toPersonState } from './person-state.ts'

type OktaListContext = ListContext<OktaClient, OktaConfig>

const pageSize = 200
/** Refusals and bad weather in a row, for one page, before the whole listing is given up. */
const mostFailures = 6
const weatherSeconds = 2

/** Older than any user: `filter` includes DEPROVISIONED, a plain list leaves it out (Okta docs: Users API, list users). */
const everybody = '1970-01-01T00:00:00.000Z'

/**
 * Everybody in the org, or everybody who changed since, page by page, deactivated people included. `filter` and not
 * `search`, which lags behind. Somebody who changes while it runs may be missed or come twice: the next one finds them.
 */
export async function* list(context: OktaListContext): AsyncGenerator<PersonState[]> {
  const { config, now, since, wait } = context
  const filter = `lastUpdated ge "${since ?? everybody}"`
  let after: string | null = null
  do {
    const readAt = now().toISOString()
    const answer = await getPage(context, { filter, limit: String(pageSize), ...(after ? { after } : {}) })
    if (!Array.isArray(answer.body)) throw new Error('Okta answered something other than a list of users')
    yield answer.body.flatMap((user) => readUser(user, { policy: config, readAt }))
    after = nextCursor(answer.headers)
    const pause = pauseSeconds(answer.headers)
    if (after !== null && pause > 0) await wait(pause)
  } while (after !== null)
}

/** One page, with the patience that a long listing needs: it would be a pity to start again at the first bad answer. */
async function getPage({ client, signal, wait, log }: OktaListContext, query: Record<string, string>) {
  for (let failures = 1; ; failures++) {
    const thrown = await tryPage(client, { query, signal })
    if (!(thrown instanceof Error)) return thrown
    if (signal.aborted || failures >= mostFailures || isDecided(thrown)) throw thrown
    const seconds =
      thrown instanceof RetryAfterError ? afterRefusalSeconds(thrown.retryAfterSeconds) : weatherSeconds * failures
    log.warn({ seconds, err: thrown }, 'Okta did not answer a page of the list: waiting')
    await wait(seconds)
  }
}

type Page = { query: Record<string, string>; signal: AbortSignal }

async function tryPage(client: OktaClient, { query, signal }: Page): Promise<(OktaAnswer & { ok: true }) | Error> {
  try {
    const answer = await client.get({ path: '/api/v1/users', query, signal })
    return answer.ok ? answer : toError(answer, 'listing users')
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown))
  }
}

function isDecided(thrown: Error): boolean {
  return thrown instanceof CredentialError || thrown instanceof PermanentError
}

type Reading = { policy: OktaConfig; readAt: string }

/** One user whom we cannot make out must not hide the others: who has an id is read again by it. */
function readUser(value: unknown, { policy, readAt }: Reading): PersonState[] {
  const user = oktaUser.safeParse(value)
  if (user.success) return [toPersonState(user.data, { policy, readAt })]
  if (!isRecord(value) || typeof value.id !== 'string') throw new Error('Okta answered something other than a user')
  const unread = { status: 'unreadable', access: 'unknown', statusChangedAt: null } as const
  return [{ ...unread, authorityId: value.id, emails: [], logins: [], readAt }]
}
