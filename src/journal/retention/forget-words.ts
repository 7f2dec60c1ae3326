import { type AnySql, inOrder } from '../sql/sql.ts'
import { isNamedBy, type Traces } from './find-traces.ts'
import { personalTables } from './personal-tables.ts'

/** What stands where a text that cannot be empty was erased. */
const erased = 'erased'

/**
 * Deletes what a person is called from every table, one statement for each table, under the locks of their lanes. What
 * is about somebody else, and names them, loses the text that does.
 */
export async function forgetWords(tx: AnySql, { traces, lanes }: { traces: Traces; lanes: readonly string[] }) {
  const { id, source, authorityId, deliveries, events } = traces
  const rowsOf = (table: keyof typeof personalTables) => personalTables[table]?.(tx, traces) ?? tx`false`
  const names = (...columns: string[]) =>
    isNamedBy(
      tx,
      tx`hub.fold_email(concat_ws(' ', ${columns.map((name, i) => (i === 0 ? tx`${tx(name)}::text` : tx`, ${tx(name)}::text`))}))`,
      traces.words,
    )
  await inOrder([
    tx`delete from hub.lane where key = any(${[...lanes]}) and key like '%@%' and next_at is null`,
    tx`update hub.person set state = hub.strip_state(state) where id = ${id}`,
    tx`delete from hub.sighting where person = ${id} and (kind in ('email', 'login') or value like '%@%')`,
    tx`update hub.event_key k set external_id = ${`${erased}:`} || k.event_id from hub.event e
      where e.id = any(${events}) and e.external_id like '%@%' and k.source = e.source and k.external_id = e.external_id`,
    tx`update hub.event set data = null, raw = null,
        external_id = case when external_id like '%@%' then ${`${erased}:`} || id else external_id end
      where id = any(${events})`,
    tx`update hub.delivery d set request = hub.strip_request(d.request), answer = null, last_error = null, dedupe_key = null,
        had_before = array(select t from unnest(d.had_before) t where t not like '%@%'),
        lane = case when d.lane like '%@%' then hub.question_lane(d.connector, d.id) else d.lane end
      where d.id = any(${deliveries})`,
    tx`update hub.delivery d set answer = null, last_error = null,
        lane = case when d.lane like '%@%' then hub.question_lane(d.connector, d.id) else d.lane end
      where d.event_id = any(${events}) and d.id <> all(${deliveries}) and ${names('answer', 'last_error', 'lane')}`,
    tx`update hub.attempt a set error = null, answer = null, calls = null, stack = null, state = hub.strip_state(a.state),
        changes = hub.strip_targets(a.changes), conflicts = '[]'
      where a.delivery_id = any(${deliveries})`,
    tx`update hub.attempt a set error = null, answer = null, calls = null, stack = null
      where a.delivery_id = any(array(select d.id from hub.delivery d where d.event_id = any(${events})))
        and a.delivery_id <> all(${deliveries}) and ${names('error', 'answer', 'calls', 'stack')}`,
    tx`update hub.access_grant g set request = hub.strip_request(g.request::json)::jsonb, end_reason = null where g.person = ${id}`,
    tx`delete from hub.owed where person = ${id} and done_at is not null`,
    tx`update hub.verification set search_at = null where person = ${id}`,
    tx`update hub.reversal set target = ${erased} where person = ${id} and target like '%@%'`,
    tx`update hub.exception set reason = ${erased} where person = ${id}`,
    tx`update hub.adoption set reason = ${erased}, target = case when target like '%@%' then ${erased} else target end
      where person = ${id}`,
    tx`update hub.brake_order set reason = ${erased} where person = ${id}`,
    tx`update hub.protected set reason = ${erased} where source = ${source} and authority_id = ${authorityId}`,
    tx`update hub.token t set name = case when ${names('name')} or ${isOfPerson(tx, traces)} then ${erased} else name end,
        owner = case when ${names('owner')} or ${isOfPerson(tx, traces)} then ${erased} else owner end,
        made_by = case when ${names('made_by')} then ${erased} else made_by end,
        revoked_by = case when ${names('revoked_by')} then ${erased} else revoked_by end
      where ${rowsOf('token')}`,
    tx`update hub.session t set name = null, email = null,
        subject = case when subject like '%@%' then ${erased} else subject end
      where ${rowsOf('session')}`,
    tx`update hub.signin_link t set reason = null where ${rowsOf('signin_link')}`,
    tx`update hub.batch t set filter = '{}', name = ${erased}, reason = case when reason is not null then ${erased} end
      where ${rowsOf('batch')}`,
    tx`update hub.batch_row t set changes = hub.strip_targets(t.changes),
        lane = case when t.lane like '%@%' then ${erased} else t.lane end,
        target = case when t.target not like '%@%' then t.target end
      where ${rowsOf('batch_row')}`,
    tx`delete from hub.alert t where ${rowsOf('alert')}`,
    tx`delete from hub.request_key t where ${rowsOf('request_key')}`,
    tx`delete from hub.audit_note t where ${rowsOf('audit_note')}`,
  ])
}

function isOfPerson(tx: AnySql, { source, authorityId }: Traces) {
  return tx`(source is not distinct from ${source} and authority_id is not distinct from ${authorityId})`
}
