import type { Direction } from '../../core/change.ts'
import type { AnySql } from '../sql/sql.ts'

type LaneWork = {
  lane: string
  connector: string
  authority: string | null
  person: string | null
  hint: Direction
  dueInSeconds?: number
}

/** `denyInSeconds`: when the first denial falls due; null: there is none. */
export type LaneRow = Omit<LaneWork, 'hint' | 'dueInSeconds'> & { dueInSeconds: number; denyInSeconds: number | null }

/** A lane's deliveries may differ in whether the authority is asked, and when: one that asks speaks for the lane, and the first. */
export function mergeLanes(deliveries: readonly LaneWork[]): LaneRow[] {
  const lanes = new Map<string, LaneRow>()
  for (const { lane, connector, authority, person, hint, dueInSeconds = 0 } of deliveries) {
    const other = lanes.get(lane)
    const due = Math.min(other?.dueInSeconds ?? dueInSeconds, dueInSeconds)
    const known = other?.denyInSeconds ?? null
    const deny = hint === 'deny' ? Math.min(known ?? dueInSeconds, dueInSeconds) : known
    const row = { lane, connector, authority: authority ?? other?.authority ?? null, person }
    lanes.set(lane, { ...row, dueInSeconds: due, denyInSeconds: deny })
  }
  return [...lanes.values()]
}

/**
 * Locks the rows of these lanes in the order of their keys, byte by byte, in a statement of its own. All who lock
 * several lanes take this order, or `hub.fence`, which has the same: two transactions that meet cannot deadlock. What
 * is decided under the locks must be read in a later statement: this one's snapshot is older than the locks.
 */
export function lockLanes(tx: AnySql, keys: readonly string[]) {
  return tx`select key from hub.lane where key = any(${[...keys]}) order by key collate "C" for update`
}

/**
 * Computes anew when the lanes fall due, from what waits in them, after they were locked in an earlier statement: one
 * rule, `hub.next_times`, for all who change when a delivery is due.
 */
export function refreshLanes(tx: AnySql, keys: readonly string[]) {
  return tx`update hub.lane l
    set (next_at, deny_next_at) = (select t.next_at, t.deny_next_at from hub.next_times(l.key) t)
    where key = any(${[...keys]})`
}
