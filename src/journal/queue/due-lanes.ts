import type { Sql } from '../sql/sql.ts'

/** How many lanes a process may still work on. */
export type Rooms = {
  /** Of one connector, where `connectors` says nothing else. */
  share: number
  /** That are claimed for no denial. */
  routine: number
  /** So many of the oldest that are no denials go before the denials, so that these starve nobody. */
  routineFirst: number
  connectors: readonly Room[]
  /** Authorities that do not answer: how many lanes may ask them now. */
  authorities: readonly Room[]
}

export type Room = { id: string; room: number }

/** Everything that is due, in its order. */
export function makeAllRooms(limit: number): Rooms {
  return { share: limit, routine: limit, routineFirst: 0, connectors: [], authorities: [] }
}

export type ClaimLimits = { limit: number; rooms: Rooms; provisionalDeny: boolean }

/** What `hub.claim` and `hub.seconds_until_due` are told of rooms, in the order of their parameters. */
export function listRooms(sql: Sql, { connectors, authorities }: Rooms) {
  const ids = (rooms: readonly Room[]) => sql`${rooms.map(({ id }) => id)}::text[]`
  const counts = (rooms: readonly Room[]) => sql`${rooms.map(({ room }) => room)}::int[]`
  return sql`${ids(connectors)}, ${counts(connectors)}, ${ids(authorities)}, ${counts(authorities)}`
}

/**
 * Seconds until the earliest lane falls due that may be claimed, at most the given number; 0 when one is due now. A lane
 * that a worker holds does not count: its settlement nudges, and a lease that runs out is found at the latest then.
 */
export async function readSecondsUntilDue(sql: Sql, atMost: number, rooms = makeAllRooms(1)): Promise<number> {
  return (await findSecondsUntilDue(sql, atMost, rooms)) ?? atMost
}

/** The same; null: none falls due within so many seconds. */
export async function findSecondsUntilDue(sql: Sql, within: number, rooms = makeAllRooms(1)): Promise<number | null> {
  const [row] = await sql<{ seconds: number | null }[]>`
    select hub.seconds_until_due(${within}, ${rooms.share}, ${rooms.routine > 0}, ${listRooms(sql, rooms)}) as seconds`
  const seconds = row?.seconds ?? null
  return seconds === null ? null : Math.min(Math.max(seconds, 0), within)
}
