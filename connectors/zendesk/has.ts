import type { DeprovisionContext, Look } from '../../src/index.ts'
import { makeZendesk } from './client.ts'
import type { ZendeskConfig } from './config.ts'
import { type Created, findHolders } from './find-user.ts'
import { hasRole, isRoleUntold } from './roles.ts'
import { parseRole } from './target.ts'

type Context = Pick<
  DeprovisionContext<Created, ZendeskConfig, undefined>,
  'client' | 'config' | 'http' | 'request' | 'person'
>

/** Which of the roles asked for the person has: one at most. Without a user of theirs, it says so. */
export async function has({ client: created, config, http, ...subject }: Context): Promise<Look> {
  const { users, isKnown } = await findHolders(makeZendesk(http, config), subject, created)
  const targets = new Set(subject.request.permissions.map(({ target }) => target))
  const sights = [...targets].map((target) => {
    const role = parseRole(target)
    const isHeld = users.some((user) => hasRole(user, role))
    const untold = users.find((user) => isRoleUntold(user, role))
    if (!isHeld && untold)
      return { target, state: 'unknown' as const, why: `Zendesk did not say which role ${untold.id} has.` }
    return { target, state: isHeld ? ('had' as const) : isKnown ? ('gone' as const) : ('nobody' as const) }
  })
  return { sights, links: users.map(({ id }) => String(id)) }
}
