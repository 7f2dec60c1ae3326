import type { AskedAccess } from '../../core/access.ts'
import type { DeliveryStatus } from '../../core/outcome.ts'
import type { DeliveryKind } from '../../core/queue.ts'
import type { AnySql } from '../sql/sql.ts'
import { selectAsked } from './stored-json.ts'

/** What an inline hook asked for, or the end of what it got, as the steps of one request follow each other. */
export type RequestStep = {
  id: string
  kind: DeliveryKind
  status: DeliveryStatus
  createdAt: string
  settledAt: string | null
}

const mostSteps = 500

/**
 * Lists all that was asked about the same access as this delivery: for the same e-mail, at the same connector, of the
 * same application and permissions, or of the application as a whole. The oldest come first. What was asked for under an
 * e-mail that was deleted since is known by its person, and where it has none, by itself alone: all of these e-mails are
 * the same empty text.
 */
export async function listRequestSteps(sql: AnySql, delivery: string): Promise<RequestStep[]> {
  return sql<RequestStep[]>`
    select d.id, d.kind, d.status, d.created_at as "createdAt", d.settled_at as "settledAt"
    from (select *, request #>> '{request,subject,email}' as email from hub.delivery
        where id = ${delivery} and request is not null offset 0) one
      cross join lateral (
        (select * from hub.delivery where one.email <> '' and request is not null
          and hub.fold_email(request #>> '{request,subject,email}') = hub.fold_email(one.email) offset 0)
        union all
        (select * from hub.delivery
          where one.email = '' and one.person is not null and person = one.person and request is not null offset 0)
        union all
        (select * from hub.delivery where one.email = '' and one.person is null and id = one.id offset 0)
      ) d
    where d.connector = one.connector and (d.id = one.id
      or hub.takes_away(hub.whole_of(d.request), d.accesses, hub.instance_of(one.request), one.accesses)
      or hub.takes_away(hub.whole_of(one.request), one.accesses, hub.instance_of(d.request), d.accesses))
    order by d.id limit ${mostSteps}`
}

/** What was asked for with a delivery. `answer`: of a question, what its sender was told. */
export type AskedOf = { id: string; asked: AskedAccess; answer: string | null; isEnd: boolean }

/** Reads of these deliveries what was asked for; those that came with no request are left out. */
export async function readAskedOf(sql: AnySql, ids: readonly string[]): Promise<AskedOf[]> {
  return sql<AskedOf[]>`
    select id, ${selectAsked(sql, 'd')} as asked, answer ->> 'answer' as answer, grants is not null as "isEnd"
    from hub.delivery d where id = any(${[...ids]}) and request is not null`
}
