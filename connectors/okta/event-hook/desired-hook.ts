import { z } from 'zod'
import { type EventType, toHex } from '../../../src/index.ts'

/** What is read of one of Okta's event hooks; whatever else it holds is handed back as it was (Okta docs: Event Hooks API). */
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

/** What the hook is to be. `mark` stands for the secret, which Okta never shows again. */
export type HookWish = { uri: string; header: string; secret: string; mark: string; eventTypes: readonly string[] }

/**
 * What a hub needs to hear of. Besides the lifecycle, what ends a status in which nothing is decided: a re-hired
 * person is PROVISIONED until the first password is set, and no lifecycle event tells of that; unlocking likewise.
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

/** Locking is left out unless it denies: anybody can cause it by the thousand, and Okta counts events per day. */
export function neededEventTypes({ denyStatuses }: { denyStatuses: readonly string[] }): EventType[] {
  return denyStatuses.includes('LOCKED_OUT') ? [...neededAlways, 'user.account.lock'] : [...neededAlways]
}

const markPattern = /\s*\[secret ([0-9a-f]{8})\]/

/** A short hash that tells whether the hook bears this secret; too short to guess a good secret from. */
export async function markOf({ uri, secret }: { uri: string; secret: string }): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${uri}\n${secret}`))
  return toHex(new Uint8Array(hash).subarray(0, 4))
}

export type Difference = { what: string; mend: 'replace' | 'activate' | 'verify' }

/** What is not yet as wished, in words. Empty: the hook is as it should be. */
export function differences(hook: EventHook, wish: HookWish): Difference[] {
  const missing = wish.eventTypes.filter((type) => !hook.events.items.includes(type))
  const { authScheme } = hook.channel.config
  const found: (Difference | false)[] = [
    missing.length > 0 && { what: `is not subscribed to ${missing.join(', ')}`, mend: 'replace' },
    authScheme?.key.toLowerCase() !== wish.header.toLowerCase() && {
      what: `does not send its secret in the header ${wish.header}`,
      mend: 'replace',
    },
    markPattern.exec(hook.description ?? '')?.[1] !== wish.mark && {
      what: 'may bear another secret than the first of OKTA_HOOK_SECRETS',
      mend: 'replace',
    },
    hook.status !== 'ACTIVE' && { what: `is ${hook.status}`, mend: 'activate' },
    hook.verificationStatus !== 'VERIFIED' && { what: `is ${hook.verificationStatus}`, mend: 'verify' },
  ]
  return found.filter((difference) => difference !== false)
}

/**
 * The body that creates or replaces a hook. Subscriptions, filter, extra headers and texts that are there already
 * stay: somebody else may rely on them. The secret is always sent, because a replacement without it may remove it.
 */
export function hookBody(wish: HookWish, before?: EventHook) {
  const items = [...new Set([...(before?.events.items ?? []), ...wish.eventTypes])]
  const filter = before?.events.filter
  const description = (before?.description ?? 'Tells Bellhop what happens to people.').replace(markPattern, '')
  return {
    name: before?.name ?? 'Bellhop',
    description: `${description} [secret ${wish.mark}]`,
    events: { type: 'EVENT_TYPE', items, ...(filter ? { filter } : {}) },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: {
        uri: wish.uri,
        headers: before?.channel.config.headers ?? [],
        authScheme: { type: 'HEADER', key: wish.header, value: wish.secret },
      },
    },
  }
}
