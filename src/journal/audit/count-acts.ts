import type { AuditAct } from '../../core/audit.ts'
import type { ActRole, ActWay } from '../../core/operator.ts'
import type { AnySql } from '../sql/sql.ts'

/** How often one account gave one order in one role by one way. */
export type ActCount = {
  account: string
  role: ActRole
  way: Exclude<ActWay, 'hub'>
  act: AuditAct
  count: number
  lastAt: string
}

/** Counts what is on record of operators within a period, `to` not included. */
export async function countActs(sql: AnySql, { from, to }: { from: string; to: string }): Promise<ActCount[]> {
  return sql<ActCount[]>`
    select actor as account, role, way, act, count(*)::int as count, max(at) as "lastAt"
    from hub.audit where way <> 'hub' and at >= ${from} and at < ${to}
    group by actor, role, way, act order by actor, way, role, act`
}
