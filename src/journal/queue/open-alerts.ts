import { defineColumns, toRecords } from '../sql/columns.ts'
import type { AnySql } from '../sql/sql.ts'
import type { StoredEvent } from './stored-event.ts'

type OpenedRow = { eventId: string; type: string; about: string; told: boolean; delivery: string | null }

const columns = defineColumns<OpenedRow>({
  event_id: ['text', ({ eventId }) => eventId],
  type: ['text', ({ type }) => type],
  about: ['text', ({ about }) => about],
  told: ['boolean', ({ told }) => told],
  delivery: ['text', ({ delivery }) => delivery],
})

/**
 * A part of the statement that writes events: an alert is open as soon as its event is journaled, and never without. One
 * that is open already stays the same alert; rows of one alert are merged, since a statement may write a row only once.
 */
export function openAlerts(sql: AnySql, events: readonly StoredEvent[]) {
  const rows = events.flatMap(({ id, type, opens }) => (opens ? [{ eventId: id, type, ...opens }] : []))
  return sql`
    insert into hub.alert as a (event_id, type, about, told, delivery)
    select min(r.event_id), r.type, r.about, bool_or(r.told), max(r.delivery)
    from ${toRecords(sql, rows, columns)} as r join fresh on fresh.event_id = r.event_id
    group by r.type, r.about order by r.type, r.about collate "C"
    on conflict (type, about) where over_at is null do update set seen_at = now(), told = a.told or excluded.told,
      delivery = coalesce(excluded.delivery, a.delivery)`
}
