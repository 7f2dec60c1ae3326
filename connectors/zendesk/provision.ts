import { PermanentError, type ProvisionContext } from '../../src/index.ts'
import { makeZendesk } from './client.ts'
import type { ZendeskConfig } from './config.ts'
import { type Created, findUser, rememberCreated } from './find-user.ts'
import { hasRole, isAdmin, prepareRoleFields } from './roles.ts'
import type { User } from './schemas.ts'
import { pickOnlyRole } from './target.ts'

type Context = Pick<
  ProvisionContext<Created, ZendeskConfig, undefined>,
  'client' | 'config' | 'http' | 'request' | 'person'
>

/** Makes an agent of the person, who is created when there is no such user. One write does it all. */
export async function provision({ client: created, config, http, ...subject }: Context): Promise<void> {
  const api = makeZendesk(http, config)
  const wanted = pickOnlyRole(subject.request.permissions)
  const user = await findUser(api, subject, created)
  const { email } = subject.request.subject
  if (user) {
    refuseUntouchable(user, email)
    if (hasRole(user, wanted)) return
    const isOtherAgent = user.role === 'agent' && !config.ZENDESK_REPLACE_ROLE
    if (isOtherAgent)
      throw new PermanentError(
        `${email} is a Zendesk agent with another role already: change it by hand, or set ZENDESK_REPLACE_ROLE=true`,
      )
  } else if (!config.ZENDESK_CREATE) {
    throw new PermanentError(`There is no Zendesk user ${email}, and ZENDESK_CREATE is false: create the user first`)
  }
  const fields = await prepareRoleFields(api, wanted)
  if (user) {
    if (await api.updateUser(user.id, fields)) return
    throw new Error(`The Zendesk user ${user.id} was deleted meanwhile`)
  }
  const { id } = await api.createUser({ name: makeName(subject), email, ...fields })
  rememberCreated(created, email, id)
}

function refuseUntouchable(user: User, email: string): void {
  if (isAdmin(user))
    throw new PermanentError(`${email} is an administrator of Zendesk, and the hub touches none: do it by hand`)
  if (user.suspended === true)
    throw new PermanentError(
      `${email} is suspended at Zendesk, by somebody's decision: unsuspend the user by hand first`,
    )
}

/** A name is mandatory at Zendesk; without one the e-mail stands in. */
function makeName({ request }: Pick<Context, 'request'>): string {
  const { givenName, familyName, email } = request.subject
  return [givenName, familyName].filter(Boolean).join(' ') || email
}
