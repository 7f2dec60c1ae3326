import type { DeliveryKind } from '../../core/queue.ts'
import { mayRunAgain } from '../orders/replay.ts'
import type { AnySql } from '../sql/sql.ts'

/** A delivery as far as it decides what its replay would do. */
export type Replayable = {
  id: string
  kind: DeliveryKind
  connector: string
  lane: string
  eventId: string
  eventType: string
  eventTime: string
  person: string | null
  /** A replay makes it due again. */
  mayRun: boolean
  trial: boolean
}

/** Reads deliveries as their replay would find them. */
export async function readReplayable(sql: AnySql, ids: readonly string[]): Promise<Replayable[]> {
  return sql<Replayable[]>`
    select d.id, d.kind, d.connector, d.lane, d.event_id as "eventId", e.type as "eventType", e.time as "eventTime",
      d.person, ${mayRunAgain(sql)} as "mayRun", d.request -> 'trial' is not null as trial
    from hub.delivery d join hub.event e on e.id = d.event_id where d.id = any(${[...ids]})`
}
