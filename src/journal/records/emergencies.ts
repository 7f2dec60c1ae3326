import type { PersonKey } from '../../core/person.ts'
import type { Role } from '../../core/role.ts'
import type { AnySql } from '../sql/sql.ts'

/** A link that was made for an emergency. Neither its text nor the hash of that ever leaves the journal. */
export type EmergencyRow = {
  id: string
  role: Role
  /** For whom. */
  person: PersonKey | null
  reason: string | null
  madeBy: string
  madeAt: string
  expiresAt: string
  usedAt: string | null
}

const mostListed = 1000

/** Lists the links of emergencies that were made within a period, `to` not included, the newest first. */
export async function listEmergencies(
  sql: AnySql,
  { from, to }: { from: string; to: string },
): Promise<EmergencyRow[]> {
  return sql<EmergencyRow[]>`
    select l.id, l.role, l.reason, l.made_by as "madeBy", l.made_at as "madeAt", l.expires_at as "expiresAt",
      l.used_at as "usedAt", case when l.source is not null then
        jsonb_build_object('source', l.source, 'authorityId', l.authority_id) end as person
    from hub.signin_link l where l.kind = 'break_glass' and l.made_at >= ${from} and l.made_at < ${to}
    order by l.made_at desc, l.id limit ${mostListed}`
}
