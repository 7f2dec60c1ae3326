import type { Change } from '../../core/change.ts'
import { targetLane } from '../../core/lane.ts'
import type { HeldLane } from '../../core/queue.ts'
import { inOrder, type Sql, toCleanRows, transaction } from '../sql/sql.ts'
import { lockLanes } from './lanes.ts'

type Preparation = {
  lane: HeldLane
  person: string
  connector: string
  /** Ids of the users that the run is about to write to. */
  targets: readonly string[]
  /** Users that the plan took for this person's: noted before the write, or a crash after it would forget them. */
  links: readonly string[]
  owed: readonly Change[]
  leaseSeconds: number
}

/**
 * Before a run's first write: leases the users it will touch, so that two people's lanes never write to one user at
 * once, and journals what it will owe. Returns null when another lane is at one of them.
 * @throws FencedOutError when the lane's own lease was lost
 */
export async function prepare(sql: Sql, preparation: Preparation): Promise<HeldLane[] | null> {
  const { lane, connector, targets, leaseSeconds } = preparation
  const keys = [...new Set(targets)].map((target) => targetLane({ connector, target })).sort()
  return transaction(sql, async (tx) => {
    await inOrder([
      tx`insert into hub.lane (key, connector)
        select key, ${connector} from unnest(${keys}::text[]) as t (key) order by key collate "C"
        on conflict do nothing`,
      lockLanes(tx, [lane.key, ...keys]),
      tx`select hub.fence(array[${lane.key}], array[${lane.epoch}::bigint])`,
    ])
    const leased = await tx<{ key: string; epoch: string }[]>`
      update hub.lane set lease_until = now() + make_interval(secs => ${leaseSeconds}), epoch = epoch + 1
      where key = any(${keys}) and (lease_until is null or lease_until <= now())
        and (select count(*) from hub.lane t where t.key = any(${keys})
          and (t.lease_until is null or t.lease_until <= now())) = ${keys.length}
      returning key, epoch`
    if (leased.length < keys.length) return null
    await remember(tx, preparation)
    return leased.map((row) => ({ key: row.key, epoch: Number(row.epoch) }))
  })
}

async function remember(
  tx: Parameters<typeof toCleanRows>[0],
  { links, owed, person, connector }: Preparation,
): Promise<void> {
  if (links.length > 0) {
    await tx`
      insert into hub.sighting (person, kind, connector, value)
      select ${person}, 'link', ${connector}, link from unnest(${[...links]}::text[]) as t (link)
      order by link collate "C"
      on conflict do nothing`
  }
  if (owed.length === 0) return
  const rows = owed.map((change) => ({ target: change.target, action: change.action, change }))
  await tx`
    insert into hub.owed (person, connector, target, action, change)
    select ${person}, ${connector}, r.target, r.action, r.change
    from jsonb_to_recordset(${toCleanRows(tx, rows)}) as r (target text, action text, change jsonb)
    order by r.target collate "C", r.action collate "C"
    on conflict (person, connector, target, action)
    do update set change = excluded.change, done_at = null, note = null,
      since = case when hub.owed.done_at is null then hub.owed.since else now() end`
}

/** Lengthens the leases that a long run holds. False when one was lost: the run must stop writing. */
export async function renew(
  sql: Sql,
  { lanes, leaseSeconds }: { lanes: readonly HeldLane[]; leaseSeconds: number },
): Promise<boolean> {
  const renewed = await sql`
    with mine as materialized (
      select l.key
      from hub.lane l
      join unnest(${lanes.map((lane) => lane.key)}::text[], ${lanes.map((lane) => lane.epoch)}::bigint[])
        as held (key, epoch) on held.key = l.key and held.epoch = l.epoch
      order by l.key collate "C"
      for update of l
    )
    update hub.lane l set lease_until = now() + make_interval(secs => ${leaseSeconds})
    from mine where l.key = mine.key`
  return renewed.count === lanes.length
}
