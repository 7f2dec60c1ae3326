import type { PendingQuery, Row } from 'postgres'
import type { AnySql } from '../sql/sql.ts'
import { isNamedBy, type Traces } from './find-traces.ts'

type Condition = PendingQuery<Row[]>

/**
 * Every table that has something of a person, with the rows that are theirs: what an export shows, and `erasePerson`
 * empties of what they are called. A new table belongs here or into `impersonalTables`, which a test compares with the
 * schema. `t` is the table.
 */
export const personalTables: Readonly<Record<string, (sql: AnySql, traces: Traces) => Condition>> = {
  person: (sql, { id }) => sql`t.id = ${id}`,
  sighting: ofPerson,
  lane: (sql, { lanes }) => sql`t.key = any(${lanes})`,
  event: (sql, { events }) => sql`t.id = any(${events})`,
  event_key: (sql, { events }) => sql`(t.source, t.external_id) in (
    select e.source, e.external_id from hub.event e where e.id = any(${events}))`,
  delivery: (sql, { deliveries }) => sql`t.id = any(${deliveries})`,
  attempt: (sql, { deliveries }) => sql`t.delivery_id = any(${deliveries})`,
  access_grant: ofPerson,
  owed: ofPerson,
  hold: ofPerson,
  verification: ofPerson,
  reversal: ofPerson,
  exception: ofPerson,
  adoption: ofPerson,
  brake_order: ofPerson,
  brake_reservation: ofPerson,
  legal_hold: ofPerson,
  evidence: ofPerson,
  protected: ofKey,
  listed: ofKey,
  token: (sql, traces) => sql`(${ofKey(sql, traces)}
    or ${isNamedBy(sql, sql`hub.fold_email(concat_ws(' ', t.owner, t.name, t.made_by, t.revoked_by))`, traces.words)})`,
  session: (sql, traces) => sql`(${ofKey(sql, traces)}
    or ${isNamedBy(sql, sql`hub.fold_email(concat_ws(' ', t.email, t.name, t.subject))`, traces.words)})`,
  signin_link: (sql, traces) => sql`(${ofKey(sql, traces)}
    or ${isNamedBy(sql, sql`hub.fold_email(t.reason)`, traces.words)})`,
  // Also one that is about them alone: what it is for may name them in any words.
  batch: (sql, { id, deliveries, words }) => sql`(
    ${isNamedBy(sql, sql`hub.fold_email(concat_ws(' ', t.filter::text, t.name, t.reason, t.made_by::text))`, words)}
    or (t.people = 1 and exists (select 1 from hub.batch_row r where r.batch = t.id
      and (r.person = ${id} or r.subject = any(${[id, ...deliveries]}::text[])))))`,
  batch_row: (sql, { id, deliveries }) => sql`(t.person = ${id} or t.subject = any(${[id, ...deliveries]}::text[]))`,
  alert: (sql, { events, deliveries }) => sql`(t.event_id = any(${events}) or t.delivery = any(${deliveries}))`,
  request_key: (sql, { words }) => isNamedBy(sql, sql`hub.fold_email(t.answer::text)`, words),
  audit: (sql, { id, deliveries }) => sql`t.id in (select a.id from hub.acts_about(${[id, ...deliveries]}::text[]) a)`,
  audit_note: (sql, { id, deliveries, words }) => sql`(
    t.audit in (select a.id from hub.acts_about(${[id, ...deliveries]}::text[]) a)
    or ${isNamedBy(sql, sql`hub.fold_email(t.words)`, words)})`,
}

/** Tables that have nothing of a person, and why. */
export const impersonalTables: Readonly<Record<string, string>> = {
  migration: 'steps of the schema',
  source: 'times of a source',
  connector: 'pauses of a connector, with the vendor’s words about its credential',
  connector_order: 'who resumed a connector, by older versions',
  listing: 'how far a list of people has come',
  chore: 'what the hub does once in a while, and where it goes on',
  message_key: 'a key',
  signed_message: 'hashes with that key, ids and times',
  alert_hour: 'counts',
  brake_measure: 'counts',
  brake_turn: 'a lock',
  cache_probe: 'a number',
  signin_start: 'hashes of sign-ins that began, and a path of the hub’s own, for minutes',
}

function ofPerson(sql: AnySql, { id }: Traces): Condition {
  return sql`t.person = ${id}`
}

function ofKey(sql: AnySql, { source, authorityId }: Traces): Condition {
  return sql`(t.source = ${source} and t.authority_id = ${authorityId})`
}
