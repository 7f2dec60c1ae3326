import type { OktaStatus, OktaUser } from './user.ts'

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
