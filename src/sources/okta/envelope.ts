import { isRecord } from '../../core/json.ts'
import { cleanText } from '../clean-text.ts'

export type OktaEnvelope = {
  /** Okta's id of the request, not of an event in it. */
  requestId: string | null
  /** The elements as they came; empty when there is no list of them. */
  elements: unknown[]
  trusted: boolean
}

/**
 * What stands around the events of a hook. `source` is `https://<org>/api/v1/eventHooks/<hook id>`; the id of the
 * request was spelled `eventID` in 2019 (Okta docs: event hooks).
 * A body without `source` is trusted: it carried the secret, and the person's state is read at the configured org
 * anyway; to drop it could lose a lockout. A `source` that names another host, or that is no address, is not.
 */
export function readEnvelope(body: unknown, { orgUrl }: { orgUrl: string }): OktaEnvelope {
  if (!isRecord(body)) return { requestId: null, elements: [], trusted: true }
  const data = isRecord(body.data) ? body.data : {}
  return {
    requestId: cleanText(body.eventId) ?? cleanText(body.eventID),
    elements: Array.isArray(data.events) ? data.events : [],
    trusted: isFromOrg(body.source, orgUrl),
  }
}

function isFromOrg(source: unknown, orgUrl: string): boolean {
  if (source === undefined || source === null) return true
  if (typeof source !== 'string' || !URL.canParse(source)) return false
  return new URL(source).host === new URL(orgUrl).host
}
