import { sha256, toHex } from '../../core/crypto.ts'
import type { LeavingEvidence } from '../../core/evidence.ts'
import { bindByKey } from '../sql/read-by-key.ts'
import { type AnySql, type Sql, toCleanRows } from '../sql/sql.ts'

/** What is kept of leavings that began within a period (`to` not included), or of these people. */
export async function listLeavingEvidence(
  sql: AnySql,
  question: { from: string; to: string } | { people: readonly string[] },
): Promise<LeavingEvidence[]> {
  const wanted =
    'people' in question
      ? sql`person = any(${[...question.people]})`
      : sql`begun_at >= ${question.from} and begun_at < ${question.to}`
  return sql<LeavingEvidence[]>`
    select person, connector, event_id as "eventId", delivery_id as "deliveryId", begun_at as "begunAt",
      heard_at as "heardAt", read_at as "readAt", done_at as "doneAt", read_back_at as "readBackAt",
      ended_at as "endedAt", facts
    from hub.evidence where kind = 'leaving' and ${wanted} order by begun_at, person, connector`
}

/** Writes what is kept of leavings. One that is there already is written anew: rows of it are pruned in several steps. */
export function writeLeavingEvidence(tx: AnySql, leavings: readonly LeavingEvidence[]) {
  const rows = [...new Map(leavings.map((leaving) => [idOf(leaving), { id: idOf(leaving), ...leaving }])).values()]
  return tx`
    insert into hub.evidence as e (id, kind, person, connector, event_id, delivery_id, begun_at, heard_at, read_at, done_at,
      read_back_at, ended_at, facts)
    select r.id, 'leaving', r.person, r.connector, r."eventId", r."deliveryId", r."begunAt", r."heardAt", r."readAt",
      r."doneAt", r."readBackAt", r."endedAt", r.facts
    from jsonb_to_recordset(${toCleanRows(tx, rows)}) as r (
      id text, person text, connector text, "eventId" text, "deliveryId" text, "begunAt" timestamptz,
      "heardAt" timestamptz, "readAt" timestamptz, "doneAt" timestamptz, "readBackAt" timestamptz,
      "endedAt" timestamptz, facts jsonb
    )
    order by r.id collate "C"
    on conflict (id) do update set read_at = excluded.read_at, done_at = excluded.done_at,
      read_back_at = excluded.read_back_at, ended_at = excluded.ended_at, facts = excluded.facts`
}

/** The beginning of a leaving is kept from the first row on, so that it tells one from the next. */
function idOf({ person, connector, begunAt }: LeavingEvidence): string {
  const key = JSON.stringify([person, connector, begunAt])
  return `evd_${toHex(sha256(new TextEncoder().encode(key))).slice(0, 32)}`
}

/** Writes one row for each request and each grant of these deliveries, as the journal has them now. */
export function writeAccessEvidence(tx: AnySql, deliveries: readonly string[]) {
  const ids = tx`array(select unnest(${[...deliveries]}::text[]))`
  return [
    tx`
      insert into hub.evidence (id, kind, person, connector, event_id, delivery_id, begun_at, heard_at, done_at, facts)
      select 'evd_' || d.id, 'request', d.person, d.connector, d.event_id, d.id, e.received_at, e.received_at, d.settled_at,
        jsonb_strip_nulls(jsonb_build_object('kind', d.kind, 'status', d.status, 'code', d.code,
          'accesses', to_jsonb(d.accesses), 'attempts', d.attempts))
      from hub.delivery d join hub.event e on e.id = d.event_id
      where d.id = any(${ids}) and d.request is not null
      order by d.id collate "C"
      on conflict do nothing`,
    tx`
      insert into hub.evidence (id, kind, person, connector, event_id, delivery_id, begun_at, heard_at, done_at, ended_at, facts)
      select 'evd_' || g.id, 'grant', g.person, g.connector, d.event_id, d.id, g.granted_at, e.received_at, g.granted_at,
        g.ended_at, jsonb_strip_nulls(jsonb_build_object('access', g.access, 'until', hub.iso_time(g.until),
          'hadBefore', g.had_before, 'endedBy', g.ended_by))
      from hub.access_grant g join hub.delivery d on d.id = g.delivery_id join hub.event e on e.id = d.event_id
      where g.delivery_id = any(${ids})
      order by g.id collate "C"
      on conflict do nothing`,
  ]
}

/** Deletes evidence that was heard of so many days ago, but of people under legal hold, some rows at a time. Returns how many. */
export function pruneEvidence(sql: Sql, { keepDays, rows }: { keepDays: number; rows: number }): Promise<number> {
  return bindByKey(sql)(async (tx) => {
    const { count } = await tx`
      delete from hub.evidence where id = any(array(
        select id from hub.evidence v where heard_at < now() - make_interval(days => ${keepDays})
          and not exists (select 1 from hub.legal_hold l where l.person = v.person)
        order by heard_at limit ${rows} for update of v skip locked))`
    return count
  })()
}
