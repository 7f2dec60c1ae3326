import { type AskedAccess, endOf, type InlineKind, type Permission, type ReceivedRequest } from '../core/access.ts'
import { mapGrant, mapQuestion, mapRevoke } from '../host/allow-list.ts'
import type { Installed } from '../host/installed.ts'
import type { Journal } from '../journal/index.ts'
import type { InlineHook } from './message.ts'

type MappedRequest = { permissions: Permission[]; whole: boolean; unmapped: string[] }

type MapQuestion = { kind: InlineKind; isTrial: boolean; installed: Installed; journal: Journal }

/**
 * Gives every permission its target. A question and a trial change no access: what the allow-list does not have goes by
 * its own value there. So does what a grant or a revoke may not name, which is then listed in `unmapped`.
 */
export async function mapRequest(
  request: ReceivedRequest,
  { kind, isTrial, installed, journal }: MapQuestion,
): Promise<MappedRequest> {
  const byValue = { permissions: mapQuestion(request, installed), whole: false, unmapped: [] }
  if (isTrial || kind === 'validate' || kind === 'preapprove') return byValue
  const mapped = kind === 'provision' ? mapGrant(request, installed) : await mapRevoke(request, installed, journal)
  return 'unmapped' in mapped ? { ...byValue, unmapped: mapped.unmapped } : { ...mapped, unmapped: [] }
}

type Arrival = { source: InlineHook['source']; receivedAt: string; isTrial: boolean; mapped: MappedRequest }

/** Builds the request as it is journaled and carried out; no other code does. */
export function buildAsked(request: ReceivedRequest, { source, receivedAt, isTrial, mapped }: Arrival): AskedAccess {
  const { permissions, whole, unmapped } = mapped
  return {
    ...request,
    permissions,
    source: source.id,
    authority: source.inline.authority,
    receivedAt,
    until: endOf(request, new Date(receivedAt)),
    whole,
    endsAccess: source.inline.endsAccess,
    ...(unmapped.length > 0 ? { unmapped: true } : {}),
    ...(isTrial ? { trial: true } : {}),
  }
}
