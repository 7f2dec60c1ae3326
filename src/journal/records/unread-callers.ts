import { ownConnector } from '../../core/lane.ts'
import type { PersonKey } from '../../core/person.ts'
import type { Sql } from '../sql/sql.ts'

type UnreadQuestion = {
  /** People of these authorities. */
  sources: readonly string[]
  /** Who was read within so many seconds is left out. */
  seconds: number
  limit: number
}

/**
 * People with an open session whom nobody has read at their authority for so long, the longest first. Who waits to be read
 * already is left out.
 */
export async function listUnreadCallers(sql: Sql, { sources, seconds, limit }: UnreadQuestion): Promise<PersonKey[]> {
  return sql<PersonKey[]>`
    select s.source, s.authority_id as "authorityId"
    from hub.session s left join hub.person p on p.source = s.source and p.authority_id = s.authority_id
    where s.source = any(${[...sources]}::text[]) and s.ended_at is null and s.expires_at > now()
      and coalesce(s.last_used_at, s.made_at) + make_interval(secs => s.idle_seconds) > now()
      and (p.state_read_at is null or p.state_read_at < now() - make_interval(secs => ${seconds}))
      and not exists (
        select 1 from hub.delivery d
        where d.lane = ${ownConnector} || '/' || s.source || '/' || s.authority_id and d.status = 'pending')
    group by 1, 2 order by min(p.state_read_at) nulls first limit ${limit}`
}
