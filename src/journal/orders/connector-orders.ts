import { resume } from '../queue/pause.ts'
import { type Sql, transaction } from '../sql/sql.ts'

type Resume = { id: string; connector: string; reason: string; by: string }

export type ConnectorOrderRow = {
  connector: string
  pausedSince: string | null
  pausedReason: string | null
  reason: string
  by: string
  at: string
}

/** Ends a connector's pause by an operator's word, which stays on record. False when it was not paused. */
export async function resumeConnector(sql: Sql, { id, connector, reason, by }: Resume): Promise<boolean> {
  return transaction(sql, async (tx) => {
    await tx`
      insert into hub.connector_order (id, connector, kind, paused_since, paused_reason, reason, ordered_by)
      select ${id}, c.id, 'resume', c.paused_since, c.reason, ${reason}, ${by} from hub.connector c
      where c.id = ${connector} and c.paused_until is not null for update`
    const resumed = await resume(tx, [connector])
    return resumed.length > 0
  })
}

/** Lists what operators said of connectors, the newest first. */
export async function listConnectorOrders(sql: Sql): Promise<ConnectorOrderRow[]> {
  return sql<ConnectorOrderRow[]>`
    select connector, paused_since as "pausedSince", paused_reason as "pausedReason", reason, ordered_by as by,
      ordered_at as at
    from hub.connector_order order by ordered_at desc, id desc limit 100`
}
