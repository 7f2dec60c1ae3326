import type { OktaErrorCode } from './errors.ts'
import type { OktaStatus, OktaUser } from './user.ts'

export type Transition = {
  from: OktaStatus[]
  to: (user: OktaUser) => OktaStatus
  eventType: string
  refusal: OktaErrorCode
  cause?: string
}

const always = (status: OktaStatus) => () => status

// Okta docs: an activated user without a password stays PROVISIONED until the welcome flow is completed.
const activated = (user: OktaUser): OktaStatus => (user.hasPassword ? 'ACTIVE' : 'PROVISIONED')

const NOT_DEPROVISIONED: OktaStatus[] = [
  'STAGED',
  'PROVISIONED',
  'ACTIVE',
  'RECOVERY',
  'PASSWORD_EXPIRED',
  'LOCKED_OUT',
  'SUSPENDED',
]

/** What `POST /users/{id}/lifecycle/<verb>` may do from which status (Okta docs: Users API, user lifecycle). */
export const LIFECYCLE = {
  activate: {
    from: ['STAGED', 'DEPROVISIONED'],
    to: activated,
    eventType: 'user.lifecycle.activate',
    refusal: 'E0000016',
  },
  deactivate: {
    from: NOT_DEPROVISIONED,
    to: always('DEPROVISIONED'),
    eventType: 'user.lifecycle.deactivate',
    refusal: 'E0000038',
  },
  suspend: {
    from: ['ACTIVE'],
    to: always('SUSPENDED'),
    eventType: 'user.lifecycle.suspend',
    refusal: 'E0000001',
    cause: 'Cannot suspend a user that is not active',
  },
  unsuspend: {
    from: ['SUSPENDED'],
    to: always('ACTIVE'),
    eventType: 'user.lifecycle.unsuspend',
    refusal: 'E0000001',
    cause: 'Cannot unsuspend a user that is not suspended',
  },
  reactivate: {
    from: ['PROVISIONED', 'RECOVERY'],
    to: (user) => user.status,
    eventType: 'user.lifecycle.reactivate',
    refusal: 'E0000038',
  },
  unlock: {
    from: ['LOCKED_OUT'],
    to: always('ACTIVE'),
    eventType: 'user.account.unlock_by_admin',
    refusal: 'E0000038',
  },
  expire_password: {
    from: ['ACTIVE', 'RECOVERY', 'PASSWORD_EXPIRED'],
    to: always('PASSWORD_EXPIRED'),
    eventType: 'user.account.expire_password',
    refusal: 'E0000038',
  },
  reset_password: {
    from: ['ACTIVE', 'RECOVERY', 'PASSWORD_EXPIRED', 'LOCKED_OUT'],
    to: always('RECOVERY'),
    eventType: 'user.account.reset_password',
    refusal: 'E0000038',
  },
  // The next three happen to a user without an API call: wrong passwords, self-service unlock, the welcome flow.
  lock: { from: ['ACTIVE'], to: always('LOCKED_OUT'), eventType: 'user.account.lock', refusal: 'E0000038' },
  self_unlock: { from: ['LOCKED_OUT'], to: always('ACTIVE'), eventType: 'user.account.unlock', refusal: 'E0000038' },
  set_password: {
    from: ['PROVISIONED', 'RECOVERY', 'PASSWORD_EXPIRED'],
    to: always('ACTIVE'),
    eventType: 'user.account.update_password',
    refusal: 'E0000038',
  },
} satisfies Record<string, Transition>

export type LifecycleVerb = keyof typeof LIFECYCLE

const WITHOUT_AN_API = new Set<string>(['lock', 'self_unlock', 'set_password'])

/** Tells whether the Users API offers this verb. */
export function isApiVerb(verb: string): verb is LifecycleVerb {
  return verb in LIFECYCLE && !WITHOUT_AN_API.has(verb)
}

export type SlowTransitions = {
  begin: (user: OktaUser, transition: { status: OktaStatus; waitMs: number }) => void
  /** Ends every transition that is still under way. */
  settle: () => void
  close: () => void
}

/**
 * Status changes that take their time: meanwhile the user keeps the old status, with `transitioningToStatus` beside it
 * (Okta docs: deactivate a user). A wait of Infinity ends with `settle` only.
 */
export function createSlowTransitions(arrive: (user: OktaUser, status: OktaStatus) => void): SlowTransitions {
  const underWay = new Map<OktaUser, { status: OktaStatus; timer: NodeJS.Timeout | undefined }>()

  const finish = (user: OktaUser) => {
    const transition = underWay.get(user)
    if (!transition) return
    clearTimeout(transition.timer)
    underWay.delete(user)
    delete user.transitioningToStatus
    arrive(user, transition.status)
  }

  return {
    begin: (user, { status, waitMs }) => {
      user.transitioningToStatus = status
      user.lastUpdated = new Date().toISOString()
      const timer = Number.isFinite(waitMs) ? setTimeout(finish, waitMs, user) : undefined
      underWay.set(user, { status, timer })
    },
    settle: () => {
      for (const user of [...underWay.keys()]) finish(user)
    },
    close: () => {
      for (const { timer } of underWay.values()) clearTimeout(timer)
    },
  }
}
