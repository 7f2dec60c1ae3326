import type { Change, Conflict, Person, Plan, PlanContext, Sighting } from '../../../src/index.ts'
import type { Found, Unseen } from '../people/find-users.ts'
import { findUsersToAllow, findUsersToDeny, isUserTarget, readUsers } from '../people/find-users.ts'
import { isRehire, otherHolder, ownershipOf, sharedEmails } from '../people/ownership.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import { hubObject } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { allowChanges } from './allow-user.ts'
import { denyChanges } from './deny-user.ts'

export type Auth0PlanContext = Pick<
  PlanContext<Auth0Client, Auth0Config>,
  'client' | 'config' | 'person' | 'cause' | 'signal' | 'targets'
>

type Part = { changes?: Change[]; sighting?: Sighting; conflict?: Conflict }

/** What differs at Auth0 from what the authority says about this person. Reads only; nothing for an undecided status. */
export async function plan(context: Auth0PlanContext): Promise<Plan> {
  const { access } = context.person.state
  if (access !== 'deny' && access !== 'allow') return { changes: [] }
  const found = await find(context, access)

  const parts: Part[] = []
  const unseen = [...found.unseen]
  for (const user of found.users) {
    if (access === 'allow') parts.push(await allowPart(context, user))
    // That nobody could say whose this user is keeps no other user open.
    else
      await denyPart(context, user).then(
        (part) => parts.push(part),
        (error) => unseen.push({ target: user.user_id, error }),
      )
  }
  const changes = parts.flatMap((part) => part.changes ?? [])
  return {
    changes: [...changes, ...unseenChanges(unseen, changes, access)],
    sightings: [...parts.flatMap((part) => part.sighting ?? []), ...formerLinks(found, context.person)],
    conflicts: parts.flatMap((part) => part.conflict ?? []),
  }
}

function find({ client, config, person, signal, targets }: Auth0PlanContext, access: 'deny' | 'allow'): Promise<Found> {
  if (targets) return readUsers({ client, signal }, targets.filter(isUserTarget))
  const search = { client, config, person, signal }
  return access === 'deny' ? findUsersToDeny(search) : findUsersToAllow(search)
}

async function denyPart(context: Auth0PlanContext, user: Auth0User): Promise<Part> {
  const { person, config, cause, targets } = context
  const key = config.AUTH0_METADATA_KEY
  const emails = sharedEmails(user, person, config)
  const ownership = ownershipOf(user, person, key)
  const conflict = (reason: string) => ({ conflict: { target: user.user_id, reason } })

  if (ownership.kind === 'another') {
    if (emails.length > 0) return conflict(`has an e-mail of this person, but belongs to ${ownership.owner}`)
    return person.links.includes(user.user_id) ? formerLink(user.user_id) : {}
  }
  if (ownership.kind === 'several') return conflict(`links the identities of ${ownership.owners.join(' and ')}`)
  if (ownership.kind === 'nobody') {
    if (emails.length === 0 && !person.links.includes(user.user_id) && !targets) return {}
    // A verifying plan looks at what was decided a moment ago; the question is not asked twice.
    const known = [...emails, ...(user.email ? [user.email] : [])]
    const holder = targets ? undefined : await otherHolder(person, known, ({ access }) => access === 'allow')
    if (holder) return conflict(`shares its e-mail with ${holder}, who may log in`)
  }
  if (hubObject(user, key).foreign) return conflict(`has something in app_metadata.${key} that the hub did not write`)
  return {
    changes: denyChanges({ user, person, config, eventId: cause.eventId }),
    sighting: { kind: 'link', value: user.user_id },
  }
}

async function allowPart({ person, config, cause }: Auth0PlanContext, user: Auth0User): Promise<Part> {
  const ownership = ownershipOf(user, person, config.AUTH0_METADATA_KEY)
  const isAdopted = ownership.kind === 'another' && (await isRehire(user, person, config))
  if (ownership.kind === 'mine' || isAdopted) {
    return {
      changes: allowChanges({ user, person, config, eventId: cause.eventId, isAdopted }),
      sighting: { kind: 'link', value: user.user_id },
    }
  }
  const { object } = hubObject(user, config.AUTH0_METADATA_KEY)
  if (!object?.deactivated || sharedEmails(user, person, config).length === 0) return {}
  return { conflict: { target: user.user_id, reason: `stays shut: ${object.id} shut it, and that is somebody else` } }
}

/**
 * Known users are locked although a search or a read beside them failed; the failure itself stands in the plan as a
 * change that cannot succeed, so that the run ends in a retry. With nothing else to do it is simply thrown.
 */
function unseenChanges(unseen: Unseen[], changes: Change[], access: 'deny' | 'allow'): Change[] {
  const [first] = unseen
  if (!first) return []
  if (access === 'allow' || changes.length === 0) throw first.error
  return unseen.map(({ target, error }) => ({
    direction: 'deny',
    action: 'look_again',
    target,
    summary: `Look again at ${target}: ${error instanceof Error ? error.message : 'it could not be read'}`,
  }))
}

function formerLinks({ goneIds }: Found, person: Person): Sighting[] {
  return goneIds.filter((id) => person.links.includes(id)).map((value) => ({ kind: 'former_link', value }))
}

function formerLink(value: string): Part {
  return { sighting: { kind: 'former_link', value } }
}
