import type { AlertType } from './outcome.ts'
import type { VerifyType } from './verification.ts'

/** An alert for an operator: `about` names the thing, the rest are facts, none of them a secret. */
export type HubAlert = { about: string; [fact: string]: string | number | boolean | null }

/** One person is read and compared again; the reason says why. */
export type HubResync = { reason: string }

/** What became of access that was asked for, given or taken away. It holds no secret. */
export type HubAccess = {
  connector: string
  email: string
  application: { id: string; label: string }
  permissions: { value: string; label: string }[]
  /** ISO time at which the access ends by itself; null: it has no end. */
  until: string | null
  /** Why it was refused, or taken away other than by a request. */
  reason: string | null
  /** The request at the platform, for people to open. */
  taskUrl: string | null
  delivery: string
}

/** What the hub tells of its own accord about access: a route may carry it to a channel. */
const accessTypes = ['hub.access.granted', 'hub.access.refused', 'hub.access.ended'] as const

export type AccessType = (typeof accessTypes)[number]

/** What became of a person's access, as it is told. */
export type AccessNews = { type: AccessType; data: HubAccess }

/** An alert as it is raised. */
export type Alert = {
  type: AlertType
  /** What it is about: an alert of one type about one thing is raised once a day at most. */
  about: string
  /** Which time it happened, such as when a pause began: the next one is told again on the same day. */
  occasion?: string | undefined
  /** Raised once, and not again on another day. */
  once?: boolean
  facts: Record<string, string | number | boolean | null>
}

/** A person's targets at one connector are looked at again. */
export type HubVerify = { connector: string }

type HubAlerts = Record<AlertType, HubAlert> & Record<AccessType, HubAccess> & Record<VerifyType, HubVerify>

declare module './event.ts' {
  interface EventTypes extends HubAlerts {
    'hub.resync': HubResync
  }
}
