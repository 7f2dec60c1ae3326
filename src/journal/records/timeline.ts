import { type OrderKind, orderKinds } from '../../core/audit.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import type { AttemptOutcome, ChangeRecord } from '../../core/outcome.ts'
import { selectActs } from '../audit/read-audit.ts'
import type { AnySql } from '../sql/sql.ts'
import { selectActor } from './actor.ts'
import { selectAttempts } from './people.ts'

/** One thing that was heard of a person or done about them; `at` is its ISO time, `id` the way to more about it. */
export type TimelineRow<Actor = Json> = {
  at: string
  id: string
} /** `actor`: who acted at the person's authority, in its own words: `readActor` reads them. */ & (
  | { what: 'event'; type: string; happenedAt: string; actor: Actor }
  /** `status`: what the authority said in this attempt. */
  | { what: 'attempt'; connector: string; outcome: AttemptOutcome; error: string | null; status: string | null }
  | ({ what: 'change'; connector: string } & TriedChange)
  | { what: 'order'; kind: OrderKind; facts: JsonObject; by: string; reason: string | null }
  | { what: 'owed'; connector: string; target: string; action: string }
)

type TriedChange = Pick<ChangeRecord, 'action' | 'result' | 'summary'> & { error: string | null; note: string | null }

/** Reads everything that was heard of a person and done about them, in order. */
export async function readTimeline(sql: AnySql, person: string): Promise<TimelineRow[]> {
  return readEntries(sql, person, sql`true`)
}

/** `next`: `before` of the page of older entries; null: there are none. */
export type TimelinePage = { rows: TimelineRow[]; next: string | null }

type PageQuestion = { person: string; before?: string | undefined; limit: number }

/**
 * Reads the latest entries before a moment, the oldest of them first. Entries of one moment stay together, so that a page
 * may hold more than its limit and the moment is all that a cursor has to say. Which moments are on the page is found
 * first: what an entry says is read for those alone.
 */
export async function listTimelinePage(sql: AnySql, { person, before, limit }: PageQuestion): Promise<TimelinePage> {
  const isBefore = before === undefined ? sql`true` : sql`extract(epoch from at) < ${before}::numeric`
  const [bounds] = await sql<{ from: string | null }[]>`
    select min(moment)::text as from from (
      select extract(epoch from at) as moment from (${selectEntries(sql, person)}) entries
      where ${isBefore} order by at desc limit ${limit}) page`
  if (!bounds || bounds.from === null) return { rows: [], next: null }
  const { from } = bounds
  const rows = await readEntries(sql, person, sql`${isBefore} and extract(epoch from at) >= ${from}::numeric`)
  const [older] = await sql`
    select 1 from (${selectEntries(sql, person)}) entries where extract(epoch from at) < ${from}::numeric limit 1`
  return { rows, next: older ? from : null }
}

async function readEntries(sql: AnySql, person: string, where: ReturnType<typeof selectEntries>) {
  const rows = await sql<{ at: string; id: string; facts: JsonObject }[]>`
    select at, id, facts || jsonb_build_object('what', what) as facts from (${selectEntries(sql, person)}) entries
    where ${where}
    order by at, array_position(array['order', 'event', 'attempt', 'change', 'owed'], what), place`
  return rows.map(({ at, id, facts }) => ({ at, id, ...facts }) as TimelineRow)
}

/**
 * The entries of a person's timeline. A verification that found nothing to do is left out: when the person was seen last
 * stands in `hub.verification`.
 */
function selectEntries(sql: AnySql, person: string) {
  const attempts = selectAttempts(sql, person)
  return sql`
    select received_at as at, 0 as place, 'event' as what, id,
      jsonb_build_object('type', type, 'happenedAt', hub.iso_time(time),
        'actor', case when source <> 'hub' then ${selectActor(sql)} end) as facts
    from hub.event e where person = ${person} and not (source = 'hub' and type like 'hub.verify.%')
    union all
    select a.started_at, 0, 'attempt', d.id, jsonb_build_object('connector', d.connector, 'outcome', a.outcome,
      'error', a.error, 'status', a.state ->> 'status')
    from ${attempts} left join lateral (select source, type from hub.event where id = d.event_id offset 0) e on true
    where (a.outcome = 'succeeded' and a.changes = '[]' and d.kind = 'sync' and e.source = 'hub'
      and e.type like 'hub.verify.%') is not true
    union all
    select a.started_at + make_interval(secs => a.duration_ms / 1000), c.place, 'change', d.id,
      jsonb_build_object('connector', d.connector, 'action', c.change ->> 'action', 'result', c.change ->> 'result',
        'summary', c.change ->> 'summary', 'error', c.change ->> 'error', 'note', c.change ->> 'note')
    from ${attempts}, jsonb_array_elements(a.changes) with ordinality c (change, place)
    union all
    select o.at, 0, 'order', o.id, jsonb_build_object('kind', o.act, 'facts', o.facts, 'by', o.by, 'reason', o.reason)
    from ${selectActs(sql, [person])} as o
    where o.way <> 'hub' and o.act = any(${[...orderKinds]}::text[])
    union all
    select since, 0, 'owed', person, jsonb_build_object('connector', connector, 'target', target, 'action', action)
    from hub.owed where person = ${person} and done_at is null`
}
