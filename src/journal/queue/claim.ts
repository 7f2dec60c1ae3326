import type { ClaimedLane } from '../../core/queue.ts'
import type { Sql } from '../sql/sql.ts'
import { type ClaimLimits, listRooms, makeAllRooms, type Rooms } from './due-lanes.ts'

type ClaimedRow = Omit<ClaimedLane, 'epoch' | 'probe' | 'denial'> & { epoch: string }
type Taken = { key: string; epoch: string; taken_over: boolean; denial: boolean }

/**
 * Takes due lanes whose connectors are not paused, as many as there is room for. What waits in them is read after the lock, in a
 * later statement. With `provisionalDeny`, a lane that waits for its authority alone is taken too, once, for what a hook
 * says of a leaver.
 */
export async function claim(
  sql: Sql,
  { limit, leaseSeconds, rooms = makeAllRooms(limit), provisionalDeny = false }: ClaimOptions,
): Promise<ClaimedLane[]> {
  const { share, routine, routineFirst } = rooms
  const lanes = await sql<(ClaimedRow & { denial: boolean })[]>`
    select * from hub.claim(${limit}, ${leaseSeconds}, ${share}, ${routine}, ${routineFirst}, ${listRooms(sql, rooms)},
      ${provisionalDeny})`
  return lanes.map((lane) => ({ ...lane, epoch: Number(lane.epoch), probe: false }))
}

type ClaimOptions = Partial<ClaimLimits> & { limit: number; leaseSeconds: number }

/**
 * Takes those of the named lanes that are due and free, as many as there is room for, denials first. What waits for a
 * pause, or for a vendor that does not answer, is left to the usual claim, which knows how to go on without.
 */
export async function claimNamed(
  sql: Sql,
  {
    keys,
    limit,
    leaseSeconds,
    rooms = makeAllRooms(limit),
  }: { keys: readonly string[]; limit: number; leaseSeconds: number; rooms?: Pick<Rooms, NamedRoom> },
): Promise<ClaimedLane[]> {
  const { share, routine, connectors, authorities } = rooms
  const silent = authorities.filter(({ room }) => room <= 0).map(({ id }) => id)
  const mayTake = sql`l.key = any(${[...keys]}::text[]) and l.next_at <= now()
    and (l.lease_until is null or l.lease_until <= now()) and (l.authority is null or l.authority <> all(${silent}::text[]))
    and not exists (
      select 1 from hub.connector c where c.paused_until is not null and c.id in (l.connector, l.authority))`
  const taken = await sql<Taken[]>`
    with found as materialized (
      select l.key, l.connector, l.next_at, coalesce(l.deny_next_at <= now(), false) as denial
      from hub.lane l where ${mayTake}
    ), placed as (
      select *, row_number() over (partition by connector order by denial desc, next_at, key) as nth,
        row_number() over (partition by denial order by next_at, key) as nth_kind
      from found
    ), chosen as materialized (
      select p.key, p.denial from placed p
      left join unnest(${connectors.map(({ id }) => id)}::text[], ${connectors.map(({ room }) => room)}::int[])
        as r (id, room) on r.id = p.connector
      where p.nth <= coalesce(r.room, ${share}) and (p.denial or p.nth_kind <= ${routine})
      order by p.denial desc, p.next_at, p.key
      limit ${limit}
    ), free as materialized (
      select l.key, l.lease_until is not null as ran_out, chosen.denial
      from hub.lane l join chosen on chosen.key = l.key
      where ${mayTake}
      order by l.key collate "C"
      for update of l skip locked
    )
    update hub.lane l
    set lease_until = now() + make_interval(secs => ${leaseSeconds}), epoch = l.epoch + 1,
      taken_over_at = case when free.ran_out then now() else l.taken_over_at end
    from free where l.key = free.key
    returning l.key, l.epoch,
      coalesce(l.taken_over_at > now() - make_interval(secs => ${leaseSeconds}), false) as taken_over, free.denial`
  return readLanes(sql, taken)
}

type LaneRow = Omit<ClaimedLane, 'epoch' | 'takenOver' | 'probe' | 'denial'>

async function readLanes(sql: Sql, taken: readonly Taken[]): Promise<ClaimedLane[]> {
  if (taken.length === 0) return []
  const rows = await sql<LaneRow[]>`
    select * from hub.read_lanes(${taken.map((lane) => lane.key)}::text[], '{}', false)`
  const byKey = new Map(rows.map((row) => [row.key, row]))
  return taken.flatMap(({ key, epoch, taken_over, denial }) => {
    const row = byKey.get(key)
    return row ? [{ ...row, epoch: Number(epoch), takenOver: taken_over, probe: false, denial }] : []
  })
}

/** Which of the rooms a claim of named lanes keeps to: an authority that does not answer gets none of them. */
type NamedRoom = 'share' | 'routine' | 'connectors' | 'authorities'

/**
 * Takes one lane for the process that holds a request in it. `busy`: another worker has it; `paused`: its connector
 * refuses the hub's credential. When the time to probe has come, this request is the probe.
 */
export async function takeLane(
  sql: Sql,
  { key, leaseSeconds }: { key: string; leaseSeconds: number },
): Promise<ClaimedLane | 'busy' | 'paused'> {
  type Row = ClaimedRow & { refused: 'busy' | 'paused' | null; probe: boolean }
  const [row] = await sql<Row[]>`select * from hub.take_lane(${key}, ${leaseSeconds})`
  if (!row) return 'busy'
  const { refused, ...lane } = row
  return refused ?? { ...lane, epoch: Number(lane.epoch), denial: false }
}

/**
 * Half-open: one lane of each paused connector whose time to probe has come, and no other before the next minute. It is
 * one with something that asks the vendor; where none is due, the connector's time stays, and what comes next is the probe.
 */
export async function claimProbes(
  sql: Sql,
  { leaseSeconds, probeSeconds }: { leaseSeconds: number; probeSeconds: number },
): Promise<ClaimedLane[]> {
  const lanes = await sql<ClaimedRow[]>`select * from hub.claim_probes(${leaseSeconds}, ${probeSeconds})`
  return lanes.map((lane) => ({ ...lane, epoch: Number(lane.epoch), probe: true, denial: false }))
}
