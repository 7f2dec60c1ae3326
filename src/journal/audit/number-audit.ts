import type { Sql } from '../sql/sql.ts'

/**
 * Numbers entries without a gap, and returns how many. A transaction that is open may still add an entry before those
 * of later ones: so only what older transactions can no longer come before is numbered. What came from another server
 * with a backup bears the number of a transaction that is not begun here yet, and goes first.
 */
export async function numberAudit(sql: Sql, { limit }: { limit: number }): Promise<number> {
  const numbered = await sql`
    with last as (
      select coalesce(max(number), 0) as number from hub.audit
    ), ready as (
      select a.id, row_number() over (order by a.xid >= pg_snapshot_xmax(s.now) desc, a.xid, a.at, a.id) as place
      from hub.audit a, pg_current_snapshot() as s (now)
      where a.number is null and (a.xid < pg_snapshot_xmin(s.now) or a.xid >= pg_snapshot_xmax(s.now))
      order by place limit ${limit}
    )
    update hub.audit a set number = last.number + ready.place from last, ready where a.id = ready.id`
  return numbered.count
}
