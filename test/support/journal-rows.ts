import { randomUUID } from 'node:crypto'
import type { Direction } from '../../src/core/change.ts'
import { makeId } from '../../src/core/id.ts'
import type { Json } from '../../src/core/json.ts'
import type { ClaimedLane, NewEvent } from '../../src/core/queue.ts'
import type { SettledDelivery, Settlement } from '../../src/journal/queue/settlement.ts'
import type { Sql } from '../../src/journal/sql/sql.ts'

type EventFacts = {
  /** The authority's id of the person; null: about no person. */
  person?: string | null
  externalId?: string
  source?: string
  type?: string
  hint?: Direction
  time?: string
  kind?: 'sync' | 'on'
  connector?: string
  data?: Json
}

/** An event with one delivery, as routing makes them. */
export function newEvent(facts: EventFacts = {}): NewEvent {
  const { person = '00u1', source = 'okta', kind = 'sync', connector = 'auth0', hint = 'deny' } = facts
  const externalId = facts.externalId ?? randomUUID()
  const time = facts.time ?? new Date().toISOString()
  return {
    id: makeId('evt'),
    source,
    externalId,
    requestId: null,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    type: facts.type ?? 'user.lifecycle.deactivate',
    time,
    receivedAt: new Date().toISOString(),
    trusted: true,
    person: person === null ? null : { id: personIdOf(source, person), authorityId: person },
    data: facts.data ?? {},
    deliveries: [
      {
        id: makeId('dlv'),
        connector,
        kind,
        direction: hint,
        hint,
        lane: laneOf({ connector, source, about: person ?? externalId }),
        authority: kind === 'sync' ? source : null,
      },
    ],
  }
}

export const personIdOf = (source: string, authorityId: string) => `per_${source}_${authorityId}`

export const laneOf = ({ connector = 'auth0', source = 'okta', about = '00u1' } = {}) =>
  `${connector}/${source}/${about}`

/** A settlement in which everything that was due is done, or what is said instead. */
export function settlementOf(
  lane: ClaimedLane,
  { each = {}, ...rest }: Partial<Settlement> & { each?: Partial<SettledDelivery> } = {},
): Settlement {
  return {
    lane: { key: lane.key, epoch: lane.epoch },
    targets: [],
    connector: lane.connector,
    person: lane.person ? { id: lane.person.id, state: null } : null,
    sightings: [],
    deliveries: lane.deliveries
      .filter((delivery) => delivery.due)
      .map((delivery) => ({
        id: delivery.id,
        status: 'succeeded',
        direction: delivery.hint,
        attempts: delivery.attempts + 1,
        rechecks: delivery.rechecks,
        waitSeconds: null,
        error: null,
        code: null,
        collapsed: [],
        ...each,
      })),
    attempts: [],
    owedDone: [],
    owedDropped: false,
    ...rest,
  }
}

/** Empties the journal, so that tests of one file do not see each other's rows. */
export async function wipe(sql: Sql): Promise<void> {
  await sql`truncate hub.attempt, hub.owed, hub.delivery, hub.event, hub.event_key, hub.lane, hub.sighting, hub.person,
    hub.connector, hub.alert_hour, hub.alert, hub.signed_message, hub.listing, hub.chore, hub.batch cascade`
}

/** Empties what only grows: a superuser alone can switch off what keeps it. */
export async function wipeAudit(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`truncate hub.audit, hub.audit_note`
  })
}
