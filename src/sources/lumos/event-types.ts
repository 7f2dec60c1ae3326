/** An event of Lumos' SIEM webhook, as far as its keys are known (Lumos help centre: SIEM webhooks, 2233571435). */
type LumosEvent = {
  event_hash?: string | null
  event_type?: string | null
  event_type_user_friendly?: string | null
  outcome?: string | null
  event_began_at?: string | null
  actor?: { actor_type?: string | null; actor_data?: Record<string, unknown> | null } | null
  targets?: { target_type?: string | null; target_data?: Record<string, unknown> | null }[] | null
  event_metadata?: Record<string, unknown> | null
}

/** The types that Lumos' public pages name; the list is open, and others are recorded just the same. */
const lumosEventTypes = [
  'APP_STORE_CREATE_ACCESS_REQUEST',
  'APP_STORE_AUTOMATIC_PROVISIONING_FOR_ACCESS_REQUEST',
  'APP_STORE_INLINE_WEBHOOK_PROVISIONING_FOR_ACCESS_REQUEST',
  'APP_STORE_INLINE_WEBHOOK_REQUEST_VALIDATION_FOR_ACCESS_REQUEST',
  'APP_STORE_MANUAL_CONFIRM_PROVISIONING_FOR_ACCESS_REQUEST',
  'APP_STORE_MANUAL_DENY_PROVISIONING_FOR_ACCESS_REQUEST',
  'APP_STORE_MANUAL_CONFIRM_DEPROVISIONING_FOR_ACCESS_REQUEST',
  'APP_STORE_EDIT_PERMISSIONS_ON_REQUEST',
  'APP_STORE_EDIT_ACCESS_LENGTH_ON_REQUEST',
  'ADMIN_UPDATED_APP_ADMINS',
] as const

type LumosEvents = Record<(typeof lumosEventTypes)[number], LumosEvent>

declare module '../../core/event.ts' {
  interface EventTypes extends LumosEvents {}
}
