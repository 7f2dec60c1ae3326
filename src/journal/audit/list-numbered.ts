import type { HubAudit } from '../../core/hub-event-types.ts'
import type { AnySql } from '../sql/sql.ts'

/** Lists what is numbered beyond a number, in order: rows as they stand, without the words that can be erased. */
export async function listNumbered(
  sql: AnySql,
  { after, limit }: { after: number; limit: number },
): Promise<HubAudit[]> {
  const rows = await sql<(Omit<HubAudit, 'number'> & { number: string })[]>`
    select number, id, at, actor, role, way, act, to_jsonb(targets) as targets, facts, plan_hash as "planHash", result,
      request_id as "requestId", note
    from hub.audit where number > ${after} order by number limit ${limit}`
  return rows.map((row) => ({ ...row, number: Number(row.number) }))
}
