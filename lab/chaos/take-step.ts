import type { LifecycleVerb } from '../simulators/okta/lifecycle.ts'
import { buildLogEvent, buildUserTarget, type LogEvent } from '../simulators/okta/log-event.ts'
import type { OktaTenant } from '../simulators/okta/server.ts'
import type { OktaStatus } from '../simulators/okta/user.ts'
import type { Luck } from './luck.ts'

type Verb = LifecycleVerb | 'rename'

const verbsFrom: Partial<Record<OktaStatus, readonly Verb[]>> = {
  ACTIVE: ['deactivate', 'deactivate', 'suspend', 'rename'],
  SUSPENDED: ['unsuspend', 'unsuspend', 'deactivate', 'rename'],
  DEPROVISIONED: ['activate'],
}

/** `name`: the first name that a rename gives. */
type Step = { okta: Pick<OktaTenant, 'users'>; luck: Luck; name: string }

/** Changes a person in Okta by one step that their status allows; returns an event that tells of it. */
export function takeStep(oktaId: string, { okta, luck, name }: Step): LogEvent {
  const verb = luck.pick<Verb>(verbsFrom[okta.users.get(oktaId).status] ?? ['activate'])
  const user =
    verb === 'rename' ? okta.users.updateProfile(oktaId, { firstName: name }) : okta.users.transition(oktaId, verb)
  const eventType = verb === 'rename' ? 'user.account.update_profile' : `user.lifecycle.${verb}`
  return buildLogEvent({ eventType, target: [buildUserTarget(user)] })
}
