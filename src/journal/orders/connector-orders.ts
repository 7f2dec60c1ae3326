import type { Json } from '../../core/json.ts'
import { endPause } from '../queue/pause.ts'
import { type Sql, transaction } from '../sql/sql.ts'
import { listOrders, type ReasonedNote, recordOrder } from './operator-orders.ts'

type Resume = ReasonedNote & { id: string; connector: string }

export type ConnectorOrderRow = {
  connector: string
  pausedSince: string | null
  pausedReason: string | null
  reason: string
  by: string
  at: string
}

/** Ends a connector's pause by an operator's word, which stays on record. False when it was not paused. */
export async function resumeConnector(sql: Sql, { id, connector, ...note }: Resume): Promise<boolean> {
  return transaction(sql, async (tx) => {
    const [paused] = await tx<{ pausedSince: string; pausedReason: string | null }[]>`
      select hub.iso_time(paused_since) as "pausedSince", reason as "pausedReason" from hub.connector
      where id = ${connector} and paused_until is not null for update`
    if (!paused) return false
    const { pausedSince, pausedReason } = paused
    await recordOrder(tx, {
      ...note,
      id,
      kind: 'resume',
      about: [connector],
      facts: { pausedSince },
      words: { pausedReason },
    })
    await endPause(tx, connector)
    return true
  })
}

/** Lists what operators said of connectors, the newest first. */
export async function listConnectorOrders(sql: Sql): Promise<ConnectorOrderRow[]> {
  const orders = await listOrders(sql, { kinds: ['resume'], limit: 100 })
  return orders.map(({ about, facts, reason, by, at }) => ({
    connector: about[0] ?? '',
    pausedSince: textOf(facts.pausedSince),
    pausedReason: textOf(facts.pausedReason),
    reason: reason ?? '',
    by,
    at,
  }))
}

function textOf(fact: Json | undefined): string | null {
  return typeof fact === 'string' ? fact : null
}
