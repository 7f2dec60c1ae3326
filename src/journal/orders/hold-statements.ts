import type { Hold } from '../../core/change.ts'
import type { AnySql } from '../sql/sql.ts'

export type HoldChange = {
  person: string
  connector: string
  /** The run's newest delivery. */
  delivery: string
  /** Stopped, for the first time or again; null: not in this run. */
  hold: Hold | null
  /** The person is as the authority says: whatever was held of them is over. */
  over: boolean
}

/**
 * Written with a settlement, after its deliveries. An operator may have spoken while the run was under way: their word
 * stays, and the delivery is due again to follow it.
 */
export function holdStatements(tx: AnySql, { person, connector, delivery, hold, over }: HoldChange) {
  if (over) return [tx`delete from hub.hold where person = ${person} and connector = ${connector}`]
  if (!hold) return []
  const { direction, why, statusChangedAt } = hold
  return [
    tx`
      insert into hub.hold as h (person, connector, direction, why, status_changed_at)
      values (${person}, ${connector}, ${direction}, ${why}, ${statusChangedAt})
      on conflict (person, connector, direction) do update set why = excluded.why,
        status_changed_at = excluded.status_changed_at,
        brake_order = case
          when h.status_changed_at is not distinct from excluded.status_changed_at
            or exists (select 1 from hub.brake_order o where o.id = h.brake_order and o.kind = 'release')
          then h.brake_order end`,
    tx`
      update hub.delivery set status = 'pending', next_attempt_at = now(), settled_at = null
      where id = ${delivery} and status = 'held' and exists (
        select 1 from hub.hold
        where person = ${person} and connector = ${connector} and direction = ${direction} and brake_order is not null
      )`,
  ]
}
