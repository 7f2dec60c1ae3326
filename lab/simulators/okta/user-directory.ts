import { clone, randomId } from '../values.ts'
import { notFound, OktaFault } from './errors.ts'
import {
  createSlowTransitions,
  LIFECYCLE,
  type LifecycleVerb,
  type SlowTransitions,
  type Transition,
} from './lifecycle.ts'
import { buildUserTarget, type EventInput } from './log-event.ts'
import { assertProfile, changeProfile, type OktaProfile, type OktaStatus, type OktaUser } from './user.ts'
import { queryUsers, type UserPage, type UserQuery } from './user-query.ts'

export type OktaUserSeed = { id?: string; status?: OktaStatus; profile: Partial<OktaProfile>; hasPassword?: boolean }

export type UserDirectory = {
  list: () => OktaUser[]
  query: (query: UserQuery) => UserPage
  /** By id or login; throws Okta's 404 for an unknown person. */
  get: (idOrLogin: string) => OktaUser
  /** Puts a user there without an event, as if the org had always had them. */
  seed: (seed: OktaUserSeed) => OktaUser
  create: (input: { profile: Partial<OktaProfile>; hasPassword: boolean; activate: boolean }) => OktaUser
  updateProfile: (idOrLogin: string, changes: Record<string, unknown>) => OktaUser
  /** One lifecycle step; also those that no API offers, such as `lock`. */
  transition: (idOrLogin: string, verb: LifecycleVerb, options?: { async?: boolean }) => OktaUser
  /** Okta's two-step delete: the first call deactivates, the second removes. */
  remove: (idOrLogin: string, options?: { async?: boolean }) => void
  /** Ends every deactivation that is still under way. */
  settleTransitions: () => void
  close: () => void
}

// How long a deactivation takes that the caller asked to be asynchronous (`Prefer: respond-async`).
const ASYNC_MS = 20

/**
 * The people of one org: every change is stamped and told to `emit`.
 *
 * With `transitionMs` a deactivation is announced at once and true only later: until then the old status stands, with
 * `transitioningToStatus` beside it (Okta docs: deactivate a user). Infinity waits for `settleTransitions`.
 */
export function createUserDirectory(options: {
  emit: (event: EventInput) => void
  transitionMs: number
  pageSize?: number | undefined
}): UserDirectory {
  const { emit } = options
  const users = new Map<string, OktaUser>()
  const slow = createSlowTransitions(setStatus)

  const find = (idOrLogin: string) => users.get(idOrLogin) ?? findByLogin([...users.values()], idOrLogin)

  const add = (user: OktaUser) => {
    assertProfile(user.profile, [...users.values()])
    users.set(user.id, user)
    return user
  }

  const transition: UserDirectory['transition'] = (idOrLogin, verb, { async = false } = {}) => {
    const user = find(idOrLogin)
    const waitMs = async ? Math.max(options.transitionMs, ASYNC_MS) : options.transitionMs
    takeStep(user, { verb, waitMs, slow })
    emit({ eventType: LIFECYCLE[verb].eventType, target: [buildUserTarget(user)] })
    return clone(user)
  }

  return {
    list: () => clone([...users.values()]),
    query: (query) => clone(queryUsers([...users.values()], query, { most: options.pageSize })),
    get: (idOrLogin) => clone(find(idOrLogin)),
    seed: (seed) => clone(add(newUser(seed))),
    transition,
    create: ({ profile, hasPassword, activate }) => {
      const user = add(newUser({ profile, hasPassword, status: 'STAGED' }))
      emit({ eventType: 'user.lifecycle.create', target: [buildUserTarget(user)] })
      return activate ? transition(user.id, 'activate') : clone(user)
    },
    updateProfile: (idOrLogin, changes) => {
      const user = find(idOrLogin)
      const others = [...users.values()].filter((other) => other !== user)
      const changed = changeProfile(user, { changes, others })
      if (changed.length > 0) emit(profileChanged(user, changed))
      return clone(user)
    },
    remove: (idOrLogin, how) => {
      const user = find(idOrLogin)
      if (user.status !== 'DEPROVISIONED') return void transition(user.id, 'deactivate', how)
      users.delete(user.id)
      for (const step of ['initiated', 'completed']) {
        emit({ eventType: `user.lifecycle.delete.${step}`, target: [buildUserTarget(user)] })
      }
    },
    settleTransitions: slow.settle,
    close: slow.close,
  }
}

const now = () => new Date().toISOString()

/** Okta takes a login, or its part before the @, in any letter case. */
function findByLogin(users: OktaUser[], name: string): OktaUser {
  const login = name.toLowerCase()
  const user = users.find(({ profile }) => {
    const own = profile.login.toLowerCase()
    return own === login || own.split('@')[0] === login
  })
  if (!user) throw notFound(name, 'User')
  return user
}

function takeStep(
  user: OktaUser,
  { verb, waitMs, slow }: { verb: LifecycleVerb; waitMs: number; slow: SlowTransitions },
): void {
  const rule: Transition = LIFECYCLE[verb]
  assertAllowed(user, rule)
  const status = rule.to(user)
  if (verb === 'set_password') user.hasPassword = true
  if (status === 'DEPROVISIONED' && waitMs > 0) slow.begin(user, { status, waitMs })
  else setStatus(user, status)
}

function setStatus(user: OktaUser, status: OktaStatus): void {
  user.lastUpdated = now()
  if (user.status === status) return
  user.status = status
  user.statusChanged = user.lastUpdated
  if (status === 'ACTIVE' && user.activated === null) user.activated = user.lastUpdated
}

function assertAllowed(user: OktaUser, { from, refusal, cause }: Transition): void {
  const underWay = user.transitioningToStatus !== undefined
  if (from.includes(user.status) && !underWay) return
  throw new OktaFault(refusal, cause ? { causes: [cause] } : {})
}

function newUser({ id, status = 'ACTIVE', profile, hasPassword = true }: OktaUserSeed): OktaUser {
  const at = now()
  const { login = '', email = login, firstName = '', lastName = '' } = profile
  return {
    id: id ?? randomId('00u'),
    status,
    created: at,
    activated: status === 'STAGED' ? null : at,
    statusChanged: status === 'STAGED' ? null : at,
    lastLogin: null,
    lastUpdated: at,
    passwordChanged: hasPassword ? at : null,
    hasPassword,
    profile: { ...profile, login, email, firstName, lastName },
  }
}

function profileChanged(user: OktaUser, changed: string[]): EventInput {
  return {
    eventType: 'user.account.update_profile',
    target: [buildUserTarget(user)],
    debugData: { changedAttributes: changed.join(',') },
  }
}
