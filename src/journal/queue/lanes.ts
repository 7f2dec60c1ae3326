import type { AnySql } from '../sql/sql.ts'

export type LaneRow = {
  lane: string
  connector: string
  authority: string | null
  person: string | null
  dueInSeconds?: number
}

/** A lane's deliveries may differ in whether the authority is asked, and when: one that asks speaks for the lane, and the first. */
export function mergeLanes(deliveries: readonly LaneRow[]): LaneRow[] {
  const lanes = new Map<string, LaneRow>()
  for (const { lane, connector, authority, person, dueInSeconds = 0 } of deliveries) {
    const other = lanes.get(lane)
    const due = Math.min(other?.dueInSeconds ?? dueInSeconds, dueInSeconds)
    lanes.set(lane, { lane, connector, authority: authority ?? other?.authority ?? null, person, dueInSeconds: due })
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
