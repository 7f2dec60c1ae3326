import type { DeprovisionContext } from '../../src/index.ts'
import { makeZendesk } from './client.ts'
import type { ZendeskConfig } from './config.ts'
import { type Created, findUser } from './find-user.ts'
import { hasRole } from './roles.ts'
import { parseRole } from './target.ts'

type Context = Pick<
  DeprovisionContext<Created, ZendeskConfig, undefined>,
  'client' | 'config' | 'http' | 'request' | 'person'
>

/** Which of the roles asked for the person has: one at most. */
export async function has({ client: created, config, http, ...subject }: Context): Promise<string[]> {
  const user = await findUser(makeZendesk(http, config), subject, created)
  if (user === null) return []
  const targets = subject.request.permissions.map(({ target }) => target)
  return [...new Set(targets)].filter((target) => hasRole(user, parseRole(target)))
}
