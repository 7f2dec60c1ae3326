import { isJsonObject, type JsonObject } from '../values.ts'
import { OktaFault } from './errors.ts'

type EventHookHeader = { key: string; value: string }

/** What an administrator sends: `authScheme.value` is the secret that no answer ever shows. */
export type EventHookInput = {
  name: string
  description: string | null
  events: { type: 'EVENT_TYPE'; items: string[]; filter: null }
  channel: {
    type: 'HTTP'
    version: string
    config: { uri: string; headers: EventHookHeader[]; authScheme?: { type: 'HEADER'; key: string; value: string } }
  }
}

export type EventHook = EventHookInput & {
  id: string
  status: 'ACTIVE' | 'INACTIVE'
  verificationStatus: 'UNVERIFIED' | 'VERIFIED'
  created: string
  createdBy: string
  lastUpdated: string
}

const MAX_EVENT_TYPES = 300

// Types one would expect to be eligible and that are not (Okta's event-type catalogue 2026.08.1).
const NOT_ELIGIBLE =
  /^(user\.lifecycle\.delete\.completed|user\.account\.(lock\.limit|expire_password|update_primary_email|update_secondary_email|update_user_type)|user\.realm\.update|user\.session\.expire|event_hook\..*|directory\.user_profile\.update|application\.provision\.user\.(deactivate|deprovision)|application\.user_membership\.(deprovision|revoke|change_username))$/

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Tells whether Okta delivers this event type to hooks at all; the others can only be read from the System Log. */
export function isHookEligible(eventType: string): boolean {
  return !NOT_ELIGIBLE.test(eventType)
}

/** Checks a create or replace body; every problem is listed, as Okta does. */
export function parseEventHook(body: unknown): EventHookInput {
  const causes: string[] = []
  const check = (holds: boolean, cause: string) => holds || void causes.push(cause)
  const hook = isJsonObject(body) ? body : {}
  const events = isJsonObject(hook.events) ? hook.events : {}
  const channel = isJsonObject(hook.channel) ? hook.channel : {}
  const config = isJsonObject(channel.config) ? channel.config : {}
  const items = strings(events.items)
  const authScheme = parseAuthScheme(config.authScheme)

  check(typeof hook.name === 'string' && hook.name !== '', 'name: The field cannot be left blank')
  check(events.type === 'EVENT_TYPE', 'events.type: must be EVENT_TYPE')
  check(items.length > 0 && items.length <= MAX_EVENT_TYPES, 'events.items: between 1 and 300 event types')
  for (const item of items) check(isHookEligible(item), `events.items: ${item} is not eligible for event hooks`)
  // Filters are Early Access and written in Okta's expression language: refusing one beats ignoring it.
  check(!events.filter, 'events.filter: this org has no event hook filters')
  check(channel.type === 'HTTP', 'channel.type: must be HTTP')
  check(channel.version === '1.0.0', 'channel.version: must be 1.0.0')
  check(isAllowedUri(config.uri), 'channel.config.uri: must be an https URL')
  check(config.authScheme == null || authScheme !== undefined, 'channel.config.authScheme: type, key and value needed')
  if (causes.length > 0) throw new OktaFault('E0000001', { detail: causes[0]?.split(':')[0] ?? '', causes })

  return {
    name: String(hook.name),
    description: typeof hook.description === 'string' ? hook.description : null,
    events: { type: 'EVENT_TYPE', items, filter: null },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: {
        uri: String(config.uri),
        headers: parseHeaders(config.headers),
        ...(authScheme && { authScheme }),
      },
    },
  }
}

/** The hook as the API shows it: without the secret, the header's name in lower case (Okta docs: event hooks). */
export function renderEventHook(hook: EventHook, url: string): JsonObject {
  const self = `${url}/api/v1/eventHooks/${hook.id}`
  const { authScheme, ...config } = hook.channel.config
  const shownScheme = authScheme ? { type: authScheme.type, key: authScheme.key.toLowerCase() } : null
  const flip = hook.status === 'ACTIVE' ? 'deactivate' : 'activate'
  const link = (verb: string) => ({ href: `${self}/lifecycle/${verb}`, hints: { allow: ['POST'] } })
  return {
    ...hook,
    channel: {
      ...hook.channel,
      config: { ...config, method: 'POST', ...(shownScheme ? { authScheme: shownScheme } : {}) },
    },
    _links: { self: { href: self }, verify: link('verify'), [flip]: link(flip) },
  }
}

// Okta demands https; a hub under test on this machine is the one exception.
function isAllowedUri(uri: unknown): boolean {
  if (typeof uri !== 'string' || !URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname))
}

function parseAuthScheme(scheme: unknown): { type: 'HEADER'; key: string; value: string } | undefined {
  if (!isJsonObject(scheme) || scheme.type !== 'HEADER') return undefined
  const { key, value } = scheme
  if (typeof key !== 'string' || typeof value !== 'string' || !key || !value) return undefined
  return { type: 'HEADER', key, value }
}

function parseHeaders(headers: unknown): EventHookHeader[] {
  if (!Array.isArray(headers)) return []
  return headers.flatMap((header) =>
    isJsonObject(header) && typeof header.key === 'string' && typeof header.value === 'string'
      ? [{ key: header.key, value: header.value }]
      : [],
  )
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
