import { setAsideStatuses } from '../orders/end-set-aside.ts'
import type { AnySql } from '../sql/sql.ts'

/** A condition on `hub.delivery d`: it runs again, or was set aside and waits for an operator. */
export function isOpen(sql: AnySql) {
  return sql`(d.next_attempt_at is not null or d.status = 'pending'
    or (d.status = any(${[...setAsideStatuses]}) and d.collapsed_into is null))`
}

/** A condition on `hub.delivery d`: what it gave stands, or it takes back what stands. */
export function hasStandingGrant(sql: AnySql) {
  return sql`(exists (select 1 from hub.access_grant g where g.delivery_id = d.id and g.ended_at is null)
    or (d.grants is not null and exists (select 1 from hub.access_grant g where g.id = any(d.grants) and g.ended_at is null)))`
}

/** A condition on `hub.delivery d`: of its person something is owed or held at its connector. */
export function isOwedOrHeld(sql: AnySql) {
  return sql`(
    exists (select 1 from hub.owed o where o.person = d.person and o.connector = d.connector and o.done_at is null)
    or exists (select 1 from hub.hold h where h.person = d.person and h.connector = d.connector))`
}

/** A condition on `hub.event e`: an alert that it raised is not over, or nobody was told so. */
export function isOpenAlert(sql: AnySql) {
  return sql`exists (select 1 from hub.alert a where a.event_id = e.id and (a.over_at is null or a.resolved_at is null))`
}

/**
 * A condition on `hub.event e`: it, or one that shares its body, is about a person under legal hold, by themselves or by
 * an e-mail or login under which they were seen.
 */
export function isUnderLegalHold(sql: AnySql) {
  return sql`(exists (select 1 from hub.legal_hold) and exists (
    select 1 from hub.legal_hold l where l.person = e.person
    union all
    select 1 from hub.event part join hub.legal_hold l on l.person = part.person where part.part_of = e.id
    union all
    select 1 from (select e.id union all select part.id from hub.event part where part.part_of = e.id) one
      join hub.delivery d on d.event_id = one.id
    where exists (select 1 from hub.legal_hold l where l.person = d.person) or exists (
      select 1 from hub.sighting s join hub.legal_hold l on l.person = s.person
      where hub.fold_email(s.value) = hub.fold_email(d.request #>> '{request,subject,email}')
        and s.kind in ('email', 'login'))))`
}
