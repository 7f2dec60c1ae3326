import type { PendingQuery, Row } from 'postgres'
import type { StateAlert } from '../../core/hub-event-types.ts'
import type { AnySql } from '../sql/sql.ts'
import { isLookLate } from './verifications.ts'

type Condition = PendingQuery<Row[]>

/** For so long no process has seen more refused secrets than are worth an alert. */
const quietDoorSeconds = 60

/**
 * When the cause of each alert of what lasts is over, by what the journal says of it; null: it is read nowhere in the
 * journal, and `endAlert` ends it. `a` is the alert.
 */
const conditions: Record<StateAlert, (sql: AnySql) => Condition | null> = {
  'hub.alert.connector_paused': isResumed,
  // About a connector it is about none of its lanes, and ends when the same call succeeds.
  'hub.alert.missing_right': (sql) => sql`(a.about like '%/%' and ${isDone(sql)})`,
  'hub.alert.partly_written': isDone,
  // About a lane, about what is paused, or about the brake.
  'hub.alert.stuck': (sql) => sql`case
    when a.about = 'brake' then ${isDecided(sql, sql`h.why = 'brake' and h.direction = 'deny'`)}
    when a.about like '%/%' then ${isDone(sql)}
    else not exists (select 1 from hub.connector c where c.id = a.about and c.paused_until is not null) end`,
  'hub.alert.contradicted': (sql) => hasNone(sql, sql`d.status = 'contradicted'`),
  'hub.alert.conflict': (sql) => hasNone(sql, sql`d.status = 'held' and d.code = 'conflict'`),
  'hub.alert.unknown_person': (sql) => hasNone(sql, sql`d.status = 'held' and d.code = 'unknown_person'`),
  'hub.alert.unknown_status': (sql) => hasNone(sql, sql`d.status = 'held' and d.code = 'unknown_status'`),
  'hub.alert.brake': (sql) => isDecided(sql, sql`h.why = 'brake' and h.direction = a.about`),
  'hub.alert.protected': (sql) => isDecided(sql, sql`h.why = 'protected' and h.person = a.about`),
  'hub.alert.refused_secrets': (sql) => sql`a.seen_at < now() - make_interval(secs => ${quietDoorSeconds})`,
  'hub.alert.silent_source': (sql) =>
    sql`exists (select 1 from hub.source s where s.id = a.about and s.heard_at > a.opened_at)`,
  'hub.alert.resync_overdue': (sql) =>
    sql`exists (select 1 from hub.source s where s.id = a.about and s.resynced_to > a.opened_at)`,
  'hub.alert.uncertain_grant': (sql) => hasNone(sql, sql`d.status = 'uncertain'`),
  'hub.alert.contested': (sql) => sql`not exists (
    select 1 from hub.reversal r join hub.person p on p.id = r.person
    where r.connector || ' ' || p.source || ' ' || p.authority_id = a.about and r.at > now() - interval '7 days'
      and not exists (select 1 from hub.exception x where x.person = r.person and x.ordered_at >= r.at)
    having count(*) >= 3)`,
  'hub.alert.setup_changed': () => null,
  'hub.alert.verification_overdue': (sql) => sql`not exists (
    select 1 from hub.verification v join hub.person p on p.id = v.person
    where v.connector = a.about and ${isLookLate(sql, 0.5)})`,
  'hub.alert.break_glass': (sql) => sql`exists (
    select 1 from hub.audit r
    where r.act = 'emergency_reviewed' and r.targets @> array[a.about collate "C"])`,
}

/** A condition on `hub.alert a`: its cause is over. */
export function isOver(sql: AnySql): Condition {
  const cases = Object.entries(conditions).flatMap(([type, make]) => {
    const condition = make(sql)
    return condition === null ? [] : [sql`when ${type} then ${condition} `]
  })
  return sql`case a.type ${cases} else false end`
}

function isResumed(sql: AnySql): Condition {
  return sql`not exists (select 1 from hub.connector c where c.id = a.about and c.paused_until is not null)`
}

/** Work that was tried or is being tried is not judged yet; what falls due later, such as the end of a grant, is other work. */
function isTried(sql: AnySql): Condition {
  return sql`(d.status = 'pending' and (d.id = a.delivery or (d.attempts > 0 and d.kind <> 'on')))`
}

/** Nothing of the lane that the alert is about stands so. */
function hasNone(sql: AnySql, stands: Condition): Condition {
  return sql`not exists (
    select 1 from hub.delivery d where d.lane = a.about and d.collapsed_into is null and (${isTried(sql)} or ${stands}))`
}

/** What was tried in the lane is done. What was given up is not, until newer work of the same kind is. */
function isDone(sql: AnySql): Condition {
  return hasNone(
    sql,
    sql`(d.id = a.delivery and d.status in ('failed', 'uncertain') and not exists (
      select 1 from hub.delivery n where n.lane = d.lane and n.kind = d.kind and n.seq > d.seq
        and n.status in ('succeeded', 'no_match', 'superseded')))`,
  )
}

/** An operator has decided upon all that was stopped so, and what they released is done. */
function isDecided(sql: AnySql, stopped: Condition): Condition {
  return sql`(not exists (select 1 from hub.hold h where h.brake_order is null and ${stopped})
    and not exists (select 1 from hub.delivery d where d.id = a.delivery and d.status = 'pending'))`
}
