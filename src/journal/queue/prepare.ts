import type { Change } from '../../core/change.ts'
import { targetLane } from '../../core/lane.ts'
import type { HeldLane } from '../../core/queue.ts'
import { again, type Sql, toCleanRows } from '../sql/sql.ts'

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
  const { lane, person, connector, targets, links, owed, leaseSeconds } = preparation
  const keys = [...new Set(targets)].map((target) => targetLane({ connector, target })).sort()
  const rows = owed.map((change) => ({ target: change.target, action: change.action, change }))
  const [row] = await again(
    () => sql<{ leased: HeldLane[] | null }[]>`
      select hub.prepare_run(${lane.key}, ${lane.epoch}, ${person}, ${connector}, ${keys}::text[], ${[...links]}::text[],
        ${toCleanRows(sql, rows)}, ${leaseSeconds}) as leased`,
  )
  return row?.leased ?? null
}

/** Lengthens the leases that a long run holds. False when one was lost, or the run has settled: it must stop writing. */
export async function renew(
  sql: Sql,
  { lanes, leaseSeconds }: { lanes: readonly HeldLane[]; leaseSeconds: number },
): Promise<boolean> {
  const keys = lanes.map(({ key }) => key)
  const epochs = lanes.map(({ epoch }) => epoch)
  const [row] = await sql<{ renewed: boolean }[]>`
    select hub.renew(${keys}::text[], ${epochs}::bigint[], ${leaseSeconds}) as renewed`
  return row?.renewed === true
}
