import { personLane, targetLane } from '../../core/lane.ts'
import { type ReasonedNote, recordOrder } from '../orders/operator-orders.ts'
import { lockLanes } from '../queue/lanes.ts'
import type { PersonRow } from '../records/people.ts'
import { type AnySql, type Sql, transaction } from '../sql/sql.ts'
import { findTraces, type Traces } from './find-traces.ts'
import { forgetWords } from './forget-words.ts'
import { hasStandingGrant, isOpen, isOpenAlert, isUnderLegalHold } from './is-needed.ts'

/** Why a person cannot be erased, with the ids that it is about. */
export type EraseBlock = { why: 'open' | 'owed' | 'held' | 'granted' | 'alert' | 'legal_hold'; ids: string[] }

export type ErasePlan = {
  person: string
  /** What stands in the way; empty: nothing. */
  blocks: EraseBlock[]
  events: number
  deliveries: number
  /** The person is denied: from then on accounts are not searched for by e-mail any more. */
  endsSearch: boolean
  /** Accounts whose own id is an e-mail: who they are is forgotten, and nobody looks at them any more. */
  namedAccounts: string[]
}

/** What erasing a person would do, and what stands in its way. */
export async function planErase(sql: Sql, person: PersonRow): Promise<ErasePlan> {
  return makePlan(sql, { person, traces: await findTraces(sql, person) })
}

async function makePlan(sql: AnySql, { person, traces }: { person: PersonRow; traces: Traces }): Promise<ErasePlan> {
  return {
    person: person.id,
    blocks: await listBlocks(sql, traces),
    events: traces.events.length,
    deliveries: traces.deliveries.length,
    endsSearch: person.deniedAt !== null,
    namedAccounts: person.sightings.flatMap(({ kind, value }) =>
      kind !== 'email' && kind !== 'login' && value.includes('@') ? [value] : [],
    ),
  }
}

/**
 * Deletes what a person is called, and what was said of them, unless something stands in the way: then nothing is done,
 * and the plan says why. Rows stay with their ids, codes and times, so that a door that was shut stays shut. Locks go in
 * the one order: lanes, person, keys, events, deliveries. Whatever came in meanwhile is seen under the lanes' locks.
 */
export async function erasePerson(
  sql: Sql,
  { person, ...note }: ReasonedNote & { person: PersonRow },
): Promise<ErasePlan> {
  const traces = await findTraces(sql, person)
  const lanes = await listLanes(sql, { person, traces })
  return transaction(sql, async (tx) => {
    await lockLanes(tx, lanes)
    await tx`select 1 from hub.person where id = ${person.id} for update`
    const plan = await makePlan(tx, { person, traces })
    const isLeased = await tx`select 1 from hub.lane where key = any(${lanes}) and lease_until > now() limit 1`
    if (isLeased.length > 0) plan.blocks.push({ why: 'open', ids: [] })
    if (plan.blocks.length > 0) return plan
    await forgetWords(tx, { traces, lanes })
    const facts = { events: plan.events, deliveries: plan.deliveries }
    await recordOrder(tx, { ...note, kind: 'person.erase', about: [person.id], facts })
    return plan
  })
}

/** The lanes of their work, and those that lease their accounts. */
async function listLanes(sql: AnySql, { person, traces }: { person: PersonRow; traces: Traces }): Promise<string[]> {
  const { id, source, authorityId, sightings } = person
  const rows = await sql<{ connector: string }[]>`
    select distinct connector from hub.delivery where person = ${id} union select connector from hub.verification where person = ${id}`
  const own = rows.map(({ connector }) => personLane({ connector, authority: source, authorityId }))
  const accounts = sightings.flatMap(({ connector, value }) =>
    connector ? targetLane({ connector, target: value }) : [],
  )
  return [...new Set([...traces.lanes, ...own, ...accounts])]
}

async function listBlocks(sql: AnySql, { id, deliveries, events }: Traces): Promise<EraseBlock[]> {
  const theirs = sql`(d.id = any(${deliveries}) or d.person = ${id})`
  const rows = await sql<EraseBlock[]>`
    select why, jsonb_agg(about order by about) as ids from (
      select 'open' as why, d.id as about from hub.delivery d where ${theirs} and ${isOpen(sql)}
      union all
      select 'open', d.id from unnest(${events}::text[]) as named (id) join hub.delivery d on d.event_id = named.id
      where d.kind <> 'sync' and not ${theirs} and ${isOpen(sql)}
      union all
      select 'owed', o.connector || ' ' || o.action from hub.owed o where o.person = ${id} and o.done_at is null
      union all
      select 'held', h.connector || ' ' || h.direction from hub.hold h left join hub.brake_order o on o.id = h.brake_order
      where h.person = ${id} and o.kind is distinct from 'cancel'
      union all
      select 'granted', g.id from hub.access_grant g where g.person = ${id} and g.ended_at is null
      union all
      select 'granted', d.id from hub.delivery d where d.id = any(${deliveries}) and ${hasStandingGrant(sql)}
      union all
      select 'alert', e.id from unnest(${events}::text[]) as e (id) where ${isOpenAlert(sql)}
      union all
      select 'alert', a.event_id from hub.alert a
      where a.delivery = any(${deliveries}) and (a.over_at is null or a.resolved_at is null)
      union all
      select 'legal_hold', ${id} from hub.legal_hold l where l.person = ${id}
      union all
      select 'legal_hold', e.id from unnest(${events}::text[]) as named (id) join hub.event e on e.id = named.id
      where e.person is distinct from ${id} and ${isUnderLegalHold(sql)}
    ) as found (why, about) group by why order by why`
  return [...rows]
}
