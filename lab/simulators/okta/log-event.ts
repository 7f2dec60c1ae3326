import { randomUUID } from 'node:crypto'
import { clone, type JsonObject, randomId } from '../values.ts'
import type { OktaUser } from './user.ts'

type LogParty = {
  id: string
  type: string
  alternateId: string
  displayName: string
  detailEntry: JsonObject | null
}

/** An event in the shape that event hooks deliver (Okta docs: event hooks, sample delivery). */
export type LogEvent = {
  uuid: string
  published: string
  eventType: string
  version: string
  displayMessage: string
  severity: string
  legacyEventType: string | null
  client: JsonObject
  device: null
  actor: LogParty
  outcome: { result: string; reason: string | null }
  target: LogParty[]
  transaction: JsonObject
  debugContext: { debugData: JsonObject }
  authenticationContext: JsonObject
  securityContext: JsonObject
  insertionTimestamp: null
}

export type EventInput = {
  eventType: string
  target: LogParty[]
  actor?: LogParty
  published?: string
  outcome?: { result: string; reason: string | null }
  debugData?: JsonObject
}

export const ADMIN: LogParty = {
  id: '00uexampleADMIN1a5d7',
  type: 'User',
  alternateId: 'ops@acme-demo.test',
  displayName: 'Ops Robot',
  detailEntry: null,
}

const DISPLAY_MESSAGES: Record<string, string> = {
  'user.lifecycle.create': 'Create Okta user',
  'user.lifecycle.activate': 'Activate Okta user',
  'user.lifecycle.deactivate': 'Deactivate Okta user',
  'user.lifecycle.suspend': 'Suspend Okta user',
  'user.lifecycle.unsuspend': 'Unsuspend Okta user',
  'user.lifecycle.reactivate': 'Reactivate Okta user',
  'user.lifecycle.delete.initiated': 'Delete Okta user initiated',
  'user.account.update_profile': 'Update user profile for Okta',
  'group.user_membership.add': 'Add user to group membership',
  'group.user_membership.remove': 'Remove user from group membership',
  'application.user_membership.add': 'Add user to application membership',
  'application.user_membership.remove': "Remove user's application membership",
  'user.account.lock': 'Max sign in attempts exceeded',
}

/** The target entry of a person: the hub looks for `type: "User"`, wherever in the list it stands. */
export function buildUserTarget(user: OktaUser): LogParty {
  const { login, firstName, lastName } = user.profile
  return {
    id: user.id,
    type: 'User',
    alternateId: login,
    displayName: `${firstName} ${lastName}`,
    detailEntry: null,
  }
}

export function buildLogEvent(input: EventInput): LogEvent {
  const transactionId = randomId('Z', 26)
  return {
    uuid: randomUUID(),
    published: input.published ?? new Date().toISOString(),
    eventType: input.eventType,
    version: '0',
    displayMessage: DISPLAY_MESSAGES[input.eventType] ?? input.eventType,
    severity: 'INFO',
    legacyEventType: null,
    client: {
      userAgent: { rawUserAgent: 'curl/8.7.1', os: 'Unknown', browser: 'UNKNOWN' },
      zone: 'null',
      device: 'Unknown',
      id: null,
      ipAddress: '192.0.2.44',
      geographicalContext: null,
      ipChain: [],
    },
    device: null,
    actor: input.actor ?? ADMIN,
    outcome: input.outcome ?? { result: 'SUCCESS', reason: null },
    target: clone(input.target),
    transaction: { type: 'WEB', id: transactionId, detail: {} },
    debugContext: { debugData: { requestId: transactionId, ...input.debugData } },
    authenticationContext: {
      authenticationProvider: null,
      credentialProvider: null,
      credentialType: null,
      issuer: null,
      authenticationStep: 0,
      externalSessionId: randomId('trs', 25),
      interface: null,
    },
    securityContext: { asNumber: null, asOrg: null, isp: null, domain: null, isProxy: null },
    insertionTimestamp: null,
  }
}
