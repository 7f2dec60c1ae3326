import type { AlertType } from './outcome.ts'

/** What an operator must hear: `about` names the thing, the rest are facts, none of them a secret. */
export type HubAlert = { about: string; [fact: string]: string | number | boolean | null }

/** One person is looked at again, whatever the reason. */
export type HubResync = { reason: string }

type HubAlerts = Record<AlertType, HubAlert>

declare module './event.ts' {
  interface EventTypes extends HubAlerts {
    'hub.resync': HubResync
  }
}
