import type { OrderKind } from '../../core/audit.ts'
import { personId } from '../../core/id.ts'
import type { PersonKey } from '../../core/person.ts'
import type { Role } from '../../core/role.ts'
import { type Sql, transaction } from '../sql/sql.ts'
import { type OrderNote, recordOrder } from './operator-orders.ts'
import { insertSession, type NewSession, type SessionRow, type SessionWay } from './sessions.ts'

/** What a link opens a session by: on the machine itself, or in an emergency for a person. */
export type LinkKind = Exclude<SessionWay, 'oidc'>

export type NewLink = {
  id: string
  hash: string
  kind: LinkKind
  role: Role
  person: PersonKey | null
  /** The ids that the act is about besides the link. */
  about: readonly string[]
  seconds: number
}

const acts = { link: 'link_made', break_glass: 'break_glass' } as const satisfies Record<LinkKind, OrderKind>

/** Adds a link that ends so many seconds from now, by the database's clock, and puts on record who made it. */
export async function addLink(sql: Sql, link: NewLink, note: OrderNote): Promise<{ expiresAt: string }> {
  const { id, hash, kind, role, person, about, seconds } = link
  return transaction(sql, async (tx) => {
    const [row] = await tx<{ expiresAt: string }[]>`
      insert into hub.signin_link (id, hash, kind, role, source, authority_id, reason, made_by, expires_at)
      values (${id}, ${hash}, ${kind}, ${role}, ${person?.source ?? null}, ${person?.authorityId ?? null},
        ${note.reason}, ${note.account ?? note.by}, now() + make_interval(secs => ${seconds}::integer))
      returning expires_at as "expiresAt"`
    if (!row) throw new Error('The link was not returned by its own insert.')
    await recordOrder(tx, { ...note, kind: acts[kind], about: [id, ...about], facts: { role, ...row } })
    return row
  })
}

export type UsedLink = {
  id: string
  kind: LinkKind
  role: Role
  person: PersonKey | null
  reason: string | null
  madeBy: string
}

/** What a link is used for: where it came in, and which session it opens. */
type LinkUse = {
  hash: string
  /** Where it came in serves these kinds alone. */
  kind: LinkKind
  makeSession(link: UsedLink): { session: NewSession; act: Parameters<typeof insertSession>[2] }
}

/** The link's person is denied: the transaction is taken back. */
class DeniedError extends Error {}

/**
 * Uses a link up, and opens its session in the same transaction: of two who use it at once the second finds it used. Null:
 * it is unknown, of another kind, used or too old, or its person is denied.
 */
export async function useLink(sql: Sql, { hash, kind, makeSession }: LinkUse): Promise<SessionRow | null> {
  try {
    return await transaction(sql, async (tx) => {
      const [link] = await tx<UsedLink[]>`
        update hub.signin_link set used_at = now()
        where hash = ${hash} and kind = ${kind} and used_at is null and expires_at > now()
        returning id, kind, role, reason, made_by as "madeBy", case when source is not null then
          jsonb_build_object('source', source, 'authorityId', authority_id) end as person`
      if (!link) return null
      const { session, act } = makeSession(link)
      const opened = await insertSession(tx, session, act)
      if (!opened) throw new DeniedError('The person of the link is denied.')
      return opened
    })
  } catch (thrown) {
    if (thrown instanceof DeniedError) return null
    throw thrown
  }
}

/**
 * Puts on record that somebody has looked at an emergency, which is what ends its alert. `own`: it was for the one who
 * looks, and somebody else has to.
 */
export async function reviewEmergency(
  sql: Sql,
  { id, ...note }: OrderNote & { id: string },
): Promise<'reviewed' | 'own' | 'unknown'> {
  return transaction(sql, async (tx) => {
    const [link] = await tx<PersonKey[]>`
      select source, authority_id as "authorityId" from hub.signin_link where id = ${id} and kind = 'break_glass'`
    if (!link) return 'unknown'
    const whose = personId(link)
    if (whose === (note.account ?? note.by)) return 'own'
    await recordOrder(tx, { ...note, kind: 'emergency_reviewed', about: [id, whose] })
    return 'reviewed'
  })
}
