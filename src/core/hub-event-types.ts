import type { AuditAct } from './audit.ts'
import type { JsonObject } from './json.ts'
import type { ActRole, ActWay } from './operator.ts'
import type { VerifyType } from './verification.ts'

/**
 * What the hub tells its operators of its own accord. A `state` lasts: when its cause is over, `hub.alert.resolved`
 * follows. A `fact` has happened, and nothing ends it.
 */
export const alertKinds = {
  'hub.alert.connector_paused': 'state',
  'hub.alert.missing_right': 'state',
  'hub.alert.partly_written': 'state',
  'hub.alert.stuck': 'state',
  'hub.alert.contradicted': 'state',
  'hub.alert.conflict': 'state',
  'hub.alert.unknown_person': 'state',
  'hub.alert.unknown_status': 'state',
  'hub.alert.foreign_sender': 'fact',
  'hub.alert.left_out': 'fact',
  'hub.alert.more': 'fact',
  'hub.alert.brake': 'state',
  'hub.alert.protected': 'state',
  'hub.alert.refused_secrets': 'state',
  'hub.alert.silent_source': 'state',
  'hub.alert.resync_overdue': 'state',
  'hub.alert.unmapped_request': 'fact',
  'hub.alert.message_id_reused': 'fact',
  'hub.alert.uncertain_grant': 'state',
  'hub.alert.new_account': 'fact',
  'hub.alert.access_back': 'fact',
  'hub.alert.contested': 'state',
  'hub.alert.setup_changed': 'state',
  'hub.alert.verification_overdue': 'state',
  'hub.alert.break_glass': 'state',
  'hub.alert.batch_override': 'fact',
  'hub.alert.resolved': 'fact',
} as const satisfies Record<`hub.alert.${string}`, 'state' | 'fact'>

export type AlertType = keyof typeof alertKinds

/** An alert whose cause lasts. */
export type StateAlert = { [T in AlertType]: (typeof alertKinds)[T] extends 'state' ? T : never }[AlertType]

export function isStateAlert(type: AlertType): type is StateAlert {
  return alertKinds[type] === 'state'
}

/** What is raised where it is seen; that it is over is told by one place alone. */
export type RaisedType = Exclude<AlertType, 'hub.alert.resolved'>

export type AlertFacts = Record<string, string | number | boolean | null>

/** What an alert says, for people: each a sentence or two. */
export type AlertWords = {
  /** What happened. */
  what: string
  why: string
  /** What to do. */
  fix: string
  /** What to type; null: nothing. */
  command: string | null
}

/**
 * An alert for an operator: `about` names the thing, `whom` the person or the thing in words for people, the rest are
 * facts, none of them a secret.
 */
export type HubAlert = AlertFacts &
  AlertWords & {
    about: string
    whom: string
    /** The same for a state, however often it is told, and for what tells that it is over. */
    dedupKey: string
    state: 'open' | 'resolved' | 'fact'
  }

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

/**
 * The authority was read and denies a person who was not denied before: told once for each leaving, before anything is
 * done about it anywhere.
 */
export type HubPersonDenied = {
  /** The person's login or e-mail, else the authority's id. */
  about: string
  /** The hub's id of the person. */
  person: string
  source: string
  authorityId: string
  /** The authority's own word, verbatim. */
  status: string
  /** ISO time of the change of status; null when the authority does not say. */
  statusChangedAt: string | null
  /** ISO time at which the authority was asked. */
  readAt: string
}

/** An act that is on record, by ids and codes alone: names and reasons stay where they can be erased. */
export type HubAudit = {
  /** Counted without a gap: one that is missing was not told. */
  number: number
  id: string
  at: string
  /** Whom the surface vouched for. */
  actor: string
  role: ActRole
  way: ActWay
  act: AuditAct
  /** Ids of deliveries, people and connectors. */
  targets: string[]
  facts: JsonObject
  planHash: string | null
  result: string
  requestId: string | null
  /** The salted hash of the words; null: there were none. */
  note: string | null
}

/** An alert as it is raised. */
export type Alert = {
  type: RaisedType
  /** What it is about: an alert of one type about one thing is raised once a day at most. */
  about: string
  /** Which time it happened, such as when a pause began: the next one is told again on the same day. */
  occasion?: string | undefined
  /** Raised once, and not again on another day. */
  once?: boolean
  /** `delivery` is the id of the delivery that it is about, `person` the hub's id of the person. */
  facts: AlertFacts
}

/** A person's targets at one connector are looked at again. */
export type HubVerify = { connector: string }

type HubAlerts = Record<AlertType, HubAlert> &
  Record<AccessType, HubAccess> &
  Record<VerifyType, HubVerify> &
  Record<`hub.audit.${AuditAct}`, HubAudit>

declare module './event.ts' {
  interface EventTypes extends HubAlerts {
    'hub.resync': HubResync
    'hub.person.denied': HubPersonDenied
  }
}
