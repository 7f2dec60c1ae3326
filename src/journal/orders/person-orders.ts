import { personId } from '../../core/id.ts'
import type { PersonKey } from '../../core/person.ts'
import { type AnySql, inOrder, type Sql, transaction } from '../sql/sql.ts'
import { type NewOrder, type OrderNote, type ReasonedNote, recordOrder } from './operator-orders.ts'

type Protection = PersonKey & ReasonedNote & { until: string }

export type ProtectedRow = PersonKey & {
  login: string | null
  reason: string
  until: string
  expired: boolean
  by: string
  at: string
}

/** Protects a person from lockouts that no operator released, until the given time. A second entry replaces the first. */
export async function protect(sql: Sql, { source, authorityId, until, ...note }: Protection): Promise<void> {
  const about = [personId({ source, authorityId })]
  await transaction(sql, (tx) =>
    inOrder([
      tx`insert into hub.protected (source, authority_id, reason, until, ordered_by)
        values (${source}, ${authorityId}, ${note.reason}, ${until}, ${note.by})
        on conflict (source, authority_id) do update set reason = excluded.reason, until = excluded.until,
          ordered_by = excluded.ordered_by, ordered_at = now()`,
      recordOrder(tx, { ...note, kind: 'protect', about, facts: { source, authorityId, until } }),
    ]),
  )
}

type ProtectionOfMany = ReasonedNote &
  Pick<NewOrder, 'facts' | 'planHash'> & {
    /** The hub's ids. */
    people: readonly string[]
    until: string
  }

/** The same for people whom the hub knows, in the transaction of its caller. Returns the ids of those who are protected now. */
export async function protectPeopleIn(
  tx: AnySql,
  { people, until, facts, planHash = null, ...note }: ProtectionOfMany,
): Promise<string[]> {
  // Sorted: two transactions that protect the same people wait for each other's rows in one order.
  const rows = await tx<PersonKey[]>`
    insert into hub.protected (source, authority_id, reason, until, ordered_by)
    select p.source, p.authority_id, ${note.reason}, ${until}, ${note.by} from hub.person p
    where p.id = any(${[...people]}) order by p.source, p.authority_id
    on conflict (source, authority_id) do update set reason = excluded.reason, until = excluded.until,
      ordered_by = excluded.ordered_by, ordered_at = now()
    returning source, authority_id as "authorityId"`
  const about = rows.map(personId)
  if (about.length > 0) await recordOrder(tx, { ...note, kind: 'protect', about, facts: { ...facts, until }, planHash })
  return about
}

/** False when the person was not protected. A denial that is held already stays so until an operator releases it. */
export async function unprotect(sql: Sql, { source, authorityId, ...note }: PersonKey & OrderNote): Promise<boolean> {
  const about = [personId({ source, authorityId })]
  return transaction(sql, async (tx) => {
    const gone = await tx`delete from hub.protected where source = ${source} and authority_id = ${authorityId}`
    if (gone.count === 0) return false
    await recordOrder(tx, { ...note, kind: 'unprotect', about, facts: { source, authorityId } })
    return true
  })
}

/** Lists every entry. An expired one protects no longer, and an operator should see that. */
export async function listProtected(sql: AnySql): Promise<ProtectedRow[]> {
  return sql<ProtectedRow[]>`
    select x.source, x.authority_id as "authorityId", x.reason, x.until, x.until <= now() as expired,
      x.ordered_by as by, x.ordered_at as at,
      (select s.value from hub.person p join hub.sighting s on s.person = p.id and s.kind = 'login'
        where p.source = x.source and p.authority_id = x.authority_id order by s.seen_at desc limit 1) as login
    from hub.protected x order by x.until`
}

export type ExceptionRow = ProtectedRow & { id: string; person: string }

/** Lists every exception. Of several of one person the last to end counts. */
export async function listExceptions(sql: AnySql): Promise<ExceptionRow[]> {
  return sql<ExceptionRow[]>`
    select x.id, x.person, p.source, p.authority_id as "authorityId", x.reason, x.until, x.until <= now() as expired,
      x.ordered_by as by, x.ordered_at as at,
      (select s.value from hub.sighting s where s.person = x.person and s.kind = 'login' order by s.seen_at desc limit 1)
        as login
    from hub.exception x join hub.person p on p.id = x.person order by x.until`
}

type Adoption = ReasonedNote &
  Pick<NewOrder, 'facts' | 'planHash'> & { id: string; person: string; connector: string; target: string }

/** Notes an operator's word that a target user is this person's, and why. Deletes the links of other people to it. */
export async function adopt(sql: Sql, adoption: Adoption): Promise<void> {
  await transaction(sql, (tx) => adoptIn(tx, adoption))
}

/** The same in the transaction of its caller. */
export async function adoptIn(
  tx: AnySql,
  { id, person, connector, target, facts, planHash = null, ...note }: Adoption,
): Promise<void> {
  await inOrder([
    tx`delete from hub.sighting where connector = ${connector} and value = ${target} and kind in ('adopted', 'link')
      and person <> ${person}`,
    tx`insert into hub.sighting (person, kind, connector, value)
      select ${person}, kind, ${connector}, ${target} from unnest(array['adopted', 'link']) as kinds (kind)
      on conflict (person, kind, connector, value) do update set seen_at = now()`,
    recordOrder(tx, { ...note, id, kind: 'adopt', about: [person], facts: { ...facts, connector, target }, planHash }),
  ])
}

type LimitedException = ReasonedNote & { id: string; person: string; until: string }

/** Notes an operator's word that a person's block may stay lifted until then. */
export async function exceptPerson(sql: Sql, { id, person, until, ...note }: LimitedException): Promise<void> {
  await transaction(sql, (tx) =>
    inOrder([
      tx`insert into hub.exception (id, person, until, reason, ordered_by)
        values (${id}, ${person}, ${until}, ${note.reason}, ${note.by})`,
      recordOrder(tx, { ...note, id, kind: 'except', about: [person], facts: { until } }),
    ]),
  )
}

/** Ends what exceptions of a person are on. False: none was. */
export async function endExceptions(
  sql: Sql,
  { id, person, ...note }: ReasonedNote & { id: string; person: string },
): Promise<boolean> {
  return transaction(sql, async (tx) => {
    const ended = await tx`update hub.exception set until = now() where person = ${person} and until > now()`
    if (ended.count === 0) return false
    await recordOrder(tx, { ...note, id, kind: 'except_ended', about: [person] })
    return true
  })
}
