import type { DeliveryStatus } from '../core/outcome.ts'
import { type Sql, transaction } from './sql.ts'

export type Replayed = { id: string; from: DeliveryStatus; kind: string; lane: string }

/**
 * Makes finished deliveries due again, as the operator's own attempt. A `sync` delivery is safe to repeat: it looks at
 * the authority first, and a question is only asked. A superseded one never runs again, and a grant does not either: it
 * would be a late one.
 */
export async function replay(sql: Sql, { ids }: { ids: readonly string[] }): Promise<Replayed[]> {
  return transaction(sql, async (tx) => {
    const lanes = await tx<{ lane: string }[]>`select distinct lane from hub.delivery where id = any(${[...ids]})`
    const keys = lanes.map((row) => row.lane).sort()
    // A question took no lane when it was asked.
    await tx`
      insert into hub.lane (key, connector)
      select distinct lane, connector from hub.delivery
      where id = any(${[...ids]}) and kind in ('validate', 'preapprove') order by lane
      on conflict do nothing`
    await tx`select key from hub.lane where key = any(${keys}) order by key collate "C" for update`
    const before = await tx<{ id: string; status: DeliveryStatus; kind: string; lane: string }[]>`
      select id, status, kind, lane from hub.delivery
      where id = any(${[...ids]}) and status <> 'superseded' and kind <> 'provision' order by id for update`
    const taken = before.map((row) => row.id)
    await tx`
      update hub.delivery set status = 'pending', next_attempt_at = now(), next_trigger = 'manual', collapsed_into = null,
        settled_at = null
      where id = any(${taken})`
    await tx`update hub.lane set next_at = now() where key = any(${before.map((row) => row.lane)})`
    return before.map(({ id, status, kind, lane }) => ({ id, from: status, kind, lane }))
  })
}

/** What `recover` replays: everything set aside, or still waiting after a failure, since the given time. */
export async function failedSince(sql: Sql, since: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from hub.delivery
    where created_at >= ${since} and collapsed_into is null and kind not in ('provision', 'validate', 'preapprove')
      and (status in ('failed', 'held', 'contradicted', 'no_match') or (status = 'pending' and attempts > 0))
    order by seq`
  return rows.map((row) => row.id)
}
