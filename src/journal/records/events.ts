import type { Json } from '../../core/json.ts'
import type { Sql } from '../sql/sql.ts'

export type EventRow = {
  id: string
  source: string
  externalId: string
  requestId: string | null
  type: string
  person: string | null
  time: string
  receivedAt: string
  trusted: boolean
  data: Json
}

/** Events by the hub's id, by the sender's id of the event, or by the sender's id of the request that brought them. */
export async function findEvents(sql: Sql, text: string): Promise<EventRow[]> {
  return sql<EventRow[]>`
    select id, source, external_id as "externalId", request_id as "requestId", type, person, time,
      received_at as "receivedAt", trusted, data
    from hub.event where id = ${text} or external_id = ${text} or request_id = ${text}
    order by received_at, id limit 100`
}
