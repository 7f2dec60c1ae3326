import type { NotFound, PersonState, ReadContext } from '../../../src/index.ts'
import type { OktaClient } from '../org/client.ts'
import type { OktaConfig } from '../org/config.ts'
import { toError } from '../org/errors.ts'
import { oktaUser, toPersonState } from './person-state.ts'

export type OktaReadContext = ReadContext<OktaClient, OktaConfig>

/** Okta's own word for "nobody has this id"; any other 404 may come from a proxy or a wrong address. */
const notFound = 'E0000007'

/**
 * One person's true state. Okta takes a login, a short name or `me` for an id too (Okta docs: Users API, retrieve a
 * user), so an answer about somebody with another id is not an answer.
 */
export async function read(context: OktaReadContext & { authorityId: string }): Promise<PersonState | NotFound> {
  const { client, config, signal, authorityId } = context
  const readAt = context.now().toISOString()
  const answer = await client.get({ path: `/api/v1/users/${encodeURIComponent(authorityId)}`, signal })
  if (!answer.ok) {
    if (answer.status !== 404) throw toError(answer, 'reading a user')
    const detail = `Okta answered ${[404, answer.code, answer.summary].filter(Boolean).join(' ')}`
    return { notFound: true, certain: answer.code === notFound, detail }
  }
  const user = oktaUser.safeParse(answer.body)
  if (!user.success) throw new Error('Okta answered something other than a user')
  if (user.data.id !== authorityId) {
    return { notFound: true, certain: false, detail: 'Okta answered with a user of another id' }
  }
  return toPersonState(user.data, { policy: config, readAt })
}
