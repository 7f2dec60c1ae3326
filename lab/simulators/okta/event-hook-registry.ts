import { isDeepStrictEqual } from 'node:util'
import { clone, randomId } from '../values.ts'
import { notFound, OktaFault } from './errors.ts'
import { type EventHook, type EventHookInput, isHookEligible, parseEventHook } from './event-hook.ts'
import { ADMIN } from './log-event.ts'

export type EventHookRegistry = {
  list: () => EventHook[]
  get: (id: string) => EventHook
  create: (body: unknown) => EventHook
  replace: (id: string, body: unknown) => EventHook
  setStatus: (id: string, status: EventHook['status']) => EventHook
  remove: (id: string) => void
  /** Runs the handshake; the hook is VERIFIED, or the fault says why not. */
  verify: (id: string) => Promise<EventHook>
  /** The hooks that an event of this type goes to: ACTIVE, VERIFIED and subscribed. */
  subscribed: (eventType: string) => EventHook[]
}

/**
 * The org's event hooks.
 *
 * A hook is created ACTIVE and UNVERIFIED; any change of its channel, the secret included, asks for the handshake again
 * (Okta docs: replace an event hook). As the secret cannot be read, a replacement without it is one that removes it.
 */
export function createEventHookRegistry(options: {
  handshake: (hook: EventHook) => Promise<boolean>
}): EventHookRegistry {
  const hooks = new Map<string, EventHook>()

  const find = (id: string): EventHook => {
    const hook = hooks.get(id)
    if (!hook) throw notFound(id, 'EventHook')
    return hook
  }

  const change = (id: string, changes: Partial<EventHook>): EventHook => {
    const hook = Object.assign(find(id), changes, { lastUpdated: new Date().toISOString() })
    return clone(hook)
  }

  return {
    list: () => clone([...hooks.values()]),
    get: (id) => clone(find(id)),
    create: (body) => {
      const hook = newEventHook(parseEventHook(body))
      hooks.set(hook.id, hook)
      return clone(hook)
    },
    replace: (id, body) => {
      const before = find(id)
      const input = parseEventHook(body)
      const sameChannel = isDeepStrictEqual(before.channel, input.channel)
      return change(id, { ...input, ...(sameChannel ? {} : { verificationStatus: 'UNVERIFIED' }) })
    },
    setStatus: (id, status) => change(id, { status }),
    remove: (id) => {
      if (find(id).status === 'ACTIVE') throw new OktaFault('E0000006', { causes: ['Deactivate the event hook first'] })
      hooks.delete(id)
    },
    verify: async (id) => {
      const hook = clone(find(id))
      if (await options.handshake(hook)) return change(id, { verificationStatus: 'VERIFIED' })
      throw new OktaFault('E0000001', { detail: 'eventHook', causes: ['The endpoint did not return the challenge'] })
    },
    subscribed: (eventType) =>
      [...hooks.values()].filter((hook) => isHookEligible(eventType) && receives(hook, eventType)),
  }
}

function newEventHook(input: EventHookInput): EventHook {
  const at = new Date().toISOString()
  return {
    ...input,
    id: randomId('who'),
    status: 'ACTIVE',
    verificationStatus: 'UNVERIFIED',
    created: at,
    createdBy: ADMIN.id,
    lastUpdated: at,
  }
}

function receives({ status, verificationStatus, events }: EventHook, eventType: string): boolean {
  return status === 'ACTIVE' && verificationStatus === 'VERIFIED' && events.items.includes(eventType)
}
