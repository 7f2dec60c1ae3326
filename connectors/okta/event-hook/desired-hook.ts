import { z } from 'zod'
import { type EventType, toHex } from '../../../src/index.ts'

/** The fields of an event hook that the connector reads (Okta docs: Event Hooks API). */
export const eventHook = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  status: z.string(),
  verificationStatus: z.string(),
  events: z.object({ items: z.array(z.string()), filter: z.unknown().optional() }),
  channel: z.object({
    config: z.object({
      uri: z.string(),
      headers: z.array(z.object({ key: z.string(), value: z.string() })).nullish(),
      authScheme: z.object({ key: z.string() }).nullish(),
    }),
  }),
})

export type EventHook = z.output<typeof eventHook>

/** What the hook must be. `mark`: a short hash of the secret, because Okta does not show the secret again. */
export type DesiredHook = { uri: string; header: string; secret: string; mark: string; eventTypes: readonly string[] }

/**
 * The event types that a hub needs: the lifecycle, and what ends a status that neither denies nor allows. A re-hired
 * person, for example, is PROVISIONED until the first password is set, and no lifecycle event reports that; nor does one
 * report unlocking.
 */
const neededAlways: readonly EventType[] = [
  'user.lifecycle.create',
  'user.lifecycle.activate',
  'user.lifecycle.deactivate',
  'user.lifecycle.reactivate',
  'user.lifecycle.suspend',
  'user.lifecycle.unsuspend',
  'user.lifecycle.delete.initiated',
  'user.account.update_profile',
  'user.account.update_password',
  'user.account.unlock',
  'user.account.unlock_by_admin',
]

/** Locking is left out unless it denies: any person can cause thousands of such events, and Okta limits events per day. */
export function listNeededEventTypes({
  denyStatuses,
  leaveEventTypes = [],
}: {
  denyStatuses: readonly string[]
  /** Those of `listLeaveEventTypes`. */
  leaveEventTypes?: readonly EventType[]
}): EventType[] {
  const locking: EventType[] = denyStatuses.includes('LOCKED_OUT') ? ['user.account.lock'] : []
  return [...neededAlways, ...locking, ...leaveEventTypes]
}

const markPattern = /\s*\[secret ([0-9a-f]{8})\]/

/** A short hash that shows whether the hook has this secret. It is too short to find a good secret from it. */
export async function hashSecret({ uri, secret }: { uri: string; secret: string }): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${uri}\n${secret}`))
  return toHex(new Uint8Array(hash).subarray(0, 4))
}

type Difference = { what: string; mend: 'replace' | 'activate' | 'verify' }

/** Lists how a hook differs from the desired one, in words. */
export function compareHook(hook: EventHook, desired: DesiredHook): Difference[] {
  const missing = desired.eventTypes.filter((type) => !hook.events.items.includes(type))
  const { authScheme } = hook.channel.config
  const found: (Difference | false)[] = [
    missing.length > 0 && { what: `is not subscribed to ${missing.join(', ')}`, mend: 'replace' },
    authScheme?.key.toLowerCase() !== desired.header.toLowerCase() && {
      what: `does not send its secret in the header ${desired.header}`,
      mend: 'replace',
    },
    markPattern.exec(hook.description ?? '')?.[1] !== desired.mark && {
      what: 'may bear another secret than the first of OKTA_HOOK_SECRETS',
      mend: 'replace',
    },
    hook.status !== 'ACTIVE' && { what: `is ${hook.status}`, mend: 'activate' },
    hook.verificationStatus !== 'VERIFIED' && { what: `is ${hook.verificationStatus}`, mend: 'verify' },
  ]
  return found.filter((difference) => difference !== false)
}

/**
 * Makes the body that creates or replaces a hook. Event types, filter, other headers and texts of an existing hook are
 * kept, because another person may rely on them. The secret is always sent, because a replacement without it may remove it.
 */
export function makeHookBody(desired: DesiredHook, before?: EventHook) {
  const items = [...new Set([...(before?.events.items ?? []), ...desired.eventTypes])]
  const filter = before?.events.filter
  const description = (before?.description ?? 'Tells Bellhop what happens to people.').replace(markPattern, '')
  return {
    name: before?.name ?? 'Bellhop',
    description: `${description} [secret ${desired.mark}]`,
    events: { type: 'EVENT_TYPE', items, ...(filter ? { filter } : {}) },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: {
        uri: desired.uri,
        headers: before?.channel.config.headers ?? [],
        authScheme: { type: 'HEADER', key: desired.header, value: desired.secret },
      },
    },
  }
}
