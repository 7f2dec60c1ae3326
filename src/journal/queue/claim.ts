import type { ClaimedLane } from '../../core/queue.ts'
import type { Sql } from '../sql/sql.ts'
import { type ClaimLimits, listRooms, makeAllRooms, type Rooms } from './due-lanes.ts'

type ClaimedRow = Omit<ClaimedLane, 'epoch' | 'probe' | 'denial'> & { epoch: string }

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
  const lanes = await sql<(ClaimedRow & { denial: boolean })[]>`
    select * from hub.claim_named(${[...keys]}::text[], ${limit}, ${leaseSeconds}, ${share}, ${routine},
      ${connectors.map(({ id }) => id)}::text[], ${connectors.map(({ room }) => room)}::int[], ${silent}::text[])`
  return lanes.map((lane) => ({ ...lane, epoch: Number(lane.epoch), probe: false }))
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
