import {
  type Change,
  type Conflict,
  errorMessage,
  type Person,
  type Plan,
  type PlanContext,
  type Sighting,
} from '../../../src/index.ts'
import { type Found, findUsersToAllow, isUserTarget, readUsers, type Search } from '../people/find-users.ts'
import { findDoubt, findUsersAgain, isLinked } from '../people/look-again.ts'
import { findOtherHolder, isRehire, ownershipOf, sharedEmails } from '../people/ownership.ts'
import type { Unseen } from '../people/run-all.ts'
import type { Auth0User } from '../tenant/auth0-user.ts'
import { readHubObject } from '../tenant/auth0-user.ts'
import type { Auth0Client } from '../tenant/client.ts'
import type { Auth0Config } from '../tenant/config.ts'
import { planToAllow } from './allow-user.ts'
import { planToDeny } from './deny-user.ts'

type Auth0PlanContext = Pick<
  PlanContext<Auth0Client, Auth0Config>,
  'client' | 'config' | 'person' | 'cause' | 'signal' | 'targets' | 'look'
>

type UserPlan = { changes?: Change[]; sighting?: Sighting; conflict?: Conflict; doubtful?: Conflict }

/** Compares Auth0 with what the authority says about this person. Reads only; the plan of an undecided status is empty. */
export async function plan(context: Auth0PlanContext): Promise<Plan> {
  const { access } = context.person.state
  if (access !== 'deny' && access !== 'allow') return { changes: [] }
  const { found, plans, unseen } = access === 'deny' ? await planToDenyAll(context) : await planToAllowAll(context)
  const changes = plans.flatMap((plan) => plan.changes ?? [])
  return {
    changes: [...changes, ...planToLookAgain(unseen, changes, access)],
    sightings: [...plans.flatMap((plan) => plan.sighting ?? []), ...findFormerLinks(found, context.person)],
    conflicts: plans.flatMap((plan) => plan.conflict ?? []),
    ...(context.look ? { doubtful: plans.flatMap((plan) => plan.doubtful ?? []) } : {}),
  }
}

type Planned = { found: Found; plans: UserPlan[]; unseen: Unseen[] }

async function planToAllowAll(context: Auth0PlanContext): Promise<Planned> {
  const { targets, signal, client } = context
  const found = await (targets
    ? readUsers({ client, signal }, targets.filter(isUserTarget))
    : findUsersToAllow(context))
  const plans: UserPlan[] = []
  for (const user of found.users) plans.push(await planUserToAllow(context, user))
  return { found, plans, unseen: found.unseen }
}

/**
 * Plans each user as soon as it is read: who else holds its e-mail is asked while other users are searched and read. If
 * the owner of one user cannot be found out, the others are denied all the same.
 */
async function planToDenyAll(given: Auth0PlanContext): Promise<Planned> {
  const context = { ...given, person: askOnce(given.person) }
  const begun = new Map<string, Promise<UserPlan | Unseen>>()
  const begin = (user: Auth0User) => {
    const known = begun.get(user.user_id)
    if (known) return known
    const planned = planUserToDeny(context, user).catch((error: unknown) => ({ target: user.user_id, error }))
    begun.set(user.user_id, planned)
    return planned
  }
  const found = await findUsersToPlan({ ...context, begin }).finally(() => Promise.all(begun.values()))
  const settled = await Promise.all(found.users.map(begin))
  return {
    found,
    plans: settled.flatMap((one) => (isUnseen(one) ? [] : one)),
    unseen: [...found.unseen, ...settled.filter(isUnseen)],
  }
}

function isUnseen(one: UserPlan | Unseen): one is Unseen {
  return 'error' in one
}

function findUsersToPlan({
  targets,
  look = 'search',
  ...search
}: Search & Pick<Auth0PlanContext, 'targets' | 'look'>): Promise<Found> {
  return targets ? readUsers(search, targets.filter(isUserTarget)) : findUsersAgain(search, look)
}

/** Several users may have one e-mail: who else holds it is asked once. */
function askOnce(person: Person): Person {
  const answers = new Map<string, ReturnType<Person['othersHolding']>>()
  const othersHolding = (email: string) => {
    const answer = answers.get(email) ?? person.othersHolding(email)
    answers.set(email, answer)
    return answer
  }
  return { ...person, othersHolding }
}

async function planUserToDeny(context: Auth0PlanContext, user: Auth0User): Promise<UserPlan> {
  const { person, config, cause, targets, look } = context
  const key = config.AUTH0_METADATA_KEY
  const emails = sharedEmails(user, person, config)
  const ownership = ownershipOf(user, person, config)
  const conflict = (reason: string) => ({ conflict: { target: user.user_id, reason } })

  if (ownership.kind === 'another') {
    if (emails.length > 0) return conflict(`has an e-mail of this person, but belongs to ${ownership.owner}`)
    return person.links.includes(user.user_id) ? toFormerLink(user.user_id) : {}
  }
  if (ownership.kind === 'several') return conflict(`links the identities of ${ownership.owners.join(' and ')}`)
  if (ownership.kind === 'none') {
    const doubt = look && findDoubt(user, person, config)
    if (doubt) return { doubtful: { target: user.user_id, reason: doubt } }
    if (emails.length === 0 && !isLinked(user, person) && !targets) return {}
    // A plan that verifies (with targets) relies on the answer that the first plan got a moment ago.
    const known = [...emails, ...(user.email ? [user.email] : [])]
    const holder = targets ? undefined : await findOtherHolder(person, known, ({ access }) => access === 'allow')
    if (holder) return conflict(`shares its e-mail with ${holder}, who may log in`)
  }
  if (readHubObject(user, key).foreign)
    return conflict(`has something in app_metadata.${key} that the hub did not write`)
  return {
    changes: planToDeny({ user, person, config, eventId: cause.eventId }),
    sighting: { kind: 'link', value: user.user_id },
  }
}

async function planUserToAllow({ person, config, cause }: Auth0PlanContext, user: Auth0User): Promise<UserPlan> {
  const ownership = ownershipOf(user, person, config)
  const isAdopted = ownership.kind === 'another' && (await isRehire(user, person, config))
  if (ownership.kind === 'mine' || isAdopted) {
    return {
      changes: planToAllow({ user, person, config, eventId: cause.eventId, isAdopted }),
      sighting: { kind: 'link', value: user.user_id },
    }
  }
  const { object } = readHubObject(user, config.AUTH0_METADATA_KEY)
  if (!object?.deactivated || sharedEmails(user, person, config).length === 0) return {}
  return { conflict: { target: user.user_id, reason: `stays locked: it was locked for ${object.id}, another person` } }
}

/**
 * Known users are denied although a search or another read failed. The failure is put into the plan as a change that
 * cannot succeed, so that the run is retried. If nothing else is to be done, or access is to be allowed, it is thrown.
 */
function planToLookAgain(unseen: Unseen[], changes: Change[], access: 'deny' | 'allow'): Change[] {
  const [first] = unseen
  if (!first) return []
  if (access === 'allow' || changes.length === 0) throw first.error
  return unseen.map(({ target, error }) => ({
    direction: 'deny',
    action: 'look_again',
    target,
    summary: `Look again at ${target}: ${errorMessage(error)}`,
  }))
}

function findFormerLinks({ goneIds }: Found, person: Person): Sighting[] {
  return goneIds.filter((id) => person.links.includes(id)).map((value) => ({ kind: 'former_link', value }))
}

function toFormerLink(value: string): UserPlan {
  return { sighting: { kind: 'former_link', value } }
}
