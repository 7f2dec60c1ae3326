import { type DeprovisionContext, PermanentError } from '../../src/index.ts'
import { makeZendesk } from './client.ts'
import type { ZendeskConfig } from './config.ts'
import { type Created, findHolders } from './find-user.ts'
import { hasRole, isAdmin } from './roles.ts'
import { parseRole } from './target.ts'

type Context = Pick<
  DeprovisionContext<Created, ZendeskConfig, undefined>,
  'client' | 'config' | 'http' | 'log' | 'request' | 'person'
>

/**
 * Makes an end user of the agent again: the user, the tickets asked for and the history stay. A role other than the one
 * that is taken away is left alone: the user has one only, so that the one in question is gone already.
 */
export async function deprovision({ client: created, config, http, log, ...subject }: Context): Promise<void> {
  const api = makeZendesk(http, config)
  const { users } = await findHolders(api, subject, created)
  if (users.length === 0) log.info({}, 'There is no such Zendesk user: there is nothing to take away')
  for (const user of users) {
    if (isAdmin(user))
      throw new PermanentError(
        `${user.email ?? user.id} is an administrator of Zendesk, and the hub touches none: take the role away by hand`,
      )
    const isHeld = subject.request.permissions.some(({ target }) => hasRole(user, parseRole(target)))
    if (isHeld) await api.updateUser(user.id, { role: 'end-user' })
  }
}
