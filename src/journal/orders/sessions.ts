import type { Operator } from '../../core/operator.ts'
import type { PersonKey } from '../../core/person.ts'
import type { Role } from '../../core/role.ts'
import { writeAudit } from '../audit/write-audit.ts'
import { type AnySql, type Sql, transaction } from '../sql/sql.ts'

/** How somebody came in: through an issuer of OpenID Connect, by a link of the command line, or in an emergency. */
export type SessionWay = 'oidc' | 'link' | 'break_glass'

/** A session as people see it. Neither its cookie's text nor the hash of that ever leaves the journal. */
export type SessionRow = {
  id: string
  way: SessionWay
  issuer: string | null
  subject: string | null
  /** The stable id under which its acts stand on record. */
  account: string
  person: PersonKey | null
  name: string | null
  email: string | null
  role: Role
  madeAt: string
  lastUsedAt: string | null
  expiresAt: string
  /** Whether it opens nothing any more, because it was ended, is too old, or was not used for too long. */
  over: boolean
  endedAt: string | null
  endedBy: string | null
}

export type NewSession = Pick<
  SessionRow,
  'id' | 'way' | 'issuer' | 'subject' | 'account' | 'person' | 'name' | 'email' | 'role'
> & { hash: string; rolesReadAt: string | null; idleSeconds: number; seconds: number }

/** What an act about a session is on record with. */
type SessionAct = { operator: Operator; targets: readonly string[]; reason?: string | null }

/**
 * Adds a session that ends so many seconds from now, by the database's clock, and puts on record who signed in. Null:
 * its person is denied, and nothing is written.
 */
export async function addSession(
  sql: Sql,
  session: NewSession,
  { operator, targets, reason = null }: SessionAct,
): Promise<SessionRow | null> {
  return transaction(sql, (tx) => insertSession(tx, session, { operator, targets, reason }))
}

/**
 * The same inside a transaction of the caller's. A time of the role's reading that has not come yet, by a clock of the hub's
 * that is fast, counts as now: else the role would be good for longer.
 */
export async function insertSession(
  tx: AnySql,
  session: NewSession,
  { operator, targets, reason = null }: SessionAct,
): Promise<SessionRow | null> {
  const { id, hash, way, issuer, subject, account, person, name, email, role, rolesReadAt } = session
  const source = person?.source ?? null
  const authorityId = person?.authorityId ?? null
  const [row] = await tx<SessionRow[]>`
    insert into hub.session as s (id, hash, way, issuer, subject, account, source, authority_id, name, email, role,
      roles_read_at, idle_seconds, expires_at)
    select ${id}, ${hash}, ${way}, ${issuer}, ${subject}, ${account}, ${source}, ${authorityId}, ${name}, ${email},
      ${role}, case when ${rolesReadAt}::timestamptz > now() then now() else ${rolesReadAt}::timestamptz end, ${session.idleSeconds}::integer,
      now() + make_interval(secs => ${session.seconds}::integer)
    where not exists (
      select 1 from hub.person p
      where p.source = ${source} and p.authority_id = ${authorityId} and p.denied_at is not null)
    returning ${listColumns(tx)}`
  if (!row) return null
  const facts = { way, role, ...(issuer === null ? {} : { issuer, subject }) }
  await writeAudit(tx, operator, { act: 'signed_in', targets: [id, ...targets], facts, words: { reason } })
  await endOldest(tx, { account, operator })
  return row
}

/** So many sessions of one account are open at once: each is looked at with each hook. */
const mostOpen = 20

/** Ends the oldest of an account's sessions that are more than so many. */
async function endOldest(tx: AnySql, { account, operator }: { account: string; operator: Operator }): Promise<void> {
  const ended = await tx<{ id: string }[]>`
    update hub.session set ended_at = now(), ended_by = ${account} where id in (
      select id from hub.session where account = ${account} and ended_at is null and expires_at > now()
      order by made_at desc, id desc offset ${mostOpen})
    returning id`
  if (ended.length === 0) return
  const targets = [...ended.map(({ id }) => id), account]
  await writeAudit(tx, operator, { act: 'session_ended', targets, facts: { most: mostOpen } })
}

/** Ends a session. False: there is none of this id that is open, or, with `account`, none of theirs. */
export async function endSession(
  sql: Sql,
  { id, account, operator, reason = null }: Omit<SessionAct, 'targets'> & { id: string; account?: string },
): Promise<boolean> {
  return transaction(sql, async (tx) => {
    const [row] = await tx<Pick<SessionRow, 'account' | 'way'>[]>`
      update hub.session set ended_at = now(), ended_by = ${operator.account ?? operator.by}
      where id = ${id} and ended_at is null and (${account ?? null}::text is null or account = ${account ?? null})
      returning account, way`
    if (!row) return false
    const targets = [id, row.account]
    await writeAudit(tx, operator, { act: 'session_ended', targets, facts: { way: row.way }, words: { reason } })
    return true
  })
}

/**
 * Lists sessions, the newest first, those that are over too; with `account` those of one alone. Of those that are over only
 * so many: all that can be open are in it, or whoever signs in often would hide one.
 */
export async function listSessions(sql: AnySql, { account }: { account?: string }): Promise<SessionRow[]> {
  const asked = account === undefined ? sql`true` : sql`s.account = ${account}`
  return sql<SessionRow[]>`
    select ${listColumns(sql)} from hub.session s
    where ${asked} and s.made_at >= least(now() - interval '24 hours', coalesce(
      (select s.made_at from hub.session s where ${asked} order by s.made_at desc offset ${mostOver - 1} limit 1), '-infinity'))
    order by s.made_at desc, s.id desc`
}

const mostOver = 1000

function listColumns(sql: AnySql) {
  return sql`s.id, s.way, s.issuer, s.subject, s.account, ${selectPerson(sql)}, s.name, s.email, s.role,
    s.made_at as "madeAt", s.last_used_at as "lastUsedAt", s.expires_at as "expiresAt",
    s.ended_at is not null or s.expires_at <= now() or ${isIdle(sql)} as over,
    s.ended_at as "endedAt", s.ended_by as "endedBy"`
}

function selectPerson(sql: AnySql) {
  return sql`case when s.source is not null then
    jsonb_build_object('source', s.source, 'authorityId', s.authority_id) end as person`
}

function isIdle(sql: AnySql) {
  return sql`coalesce(s.last_used_at, s.made_at) + make_interval(secs => s.idle_seconds) <= now()`
}

/**
 * Why a session opens nothing: it was ended, it is too old, it was not used for too long, its person is denied, its
 * person was not read at the authority lately, or its issuer did not say the role lately.
 */
export type SessionRefusal = 'ended' | 'expired' | 'idle' | 'denied' | 'unread' | 'roles_old'

export type FoundSession = Pick<
  SessionRow,
  'id' | 'way' | 'account' | 'person' | 'name' | 'role' | 'issuer' | 'expiresAt'
> & {
  /** Null: it opens the hub. */
  refusal: SessionRefusal | null
  isUseNoted: boolean
}

/**
 * Finds a session by its hash, with its person as the journal knows them now. A person of an issuer's sign-in must have
 * been read at the authority within 30 minutes; the sign-in itself counts as one read. An emergency is no such case: the
 * authority may be what fails.
 */
export async function findSession(sql: AnySql, hash: string): Promise<FoundSession | null> {
  const [row] = await sql<FoundSession[]>`
    select s.id, s.way, s.account, ${selectPerson(sql)}, s.name, s.role, s.issuer, s.expires_at as "expiresAt",
      case when s.ended_at is not null then 'ended'
        when s.expires_at <= now() then 'expired'
        when ${isIdle(sql)} then 'idle'
        when p.denied_at is not null then 'denied'
        when s.way = 'oidc' and s.source is not null and greatest(s.made_at,
          case when p.state ->> 'provisional' = 'true' then null else p.state_read_at end
        ) <= now() - interval '30 minutes' then 'unread'
        when s.roles_read_at <= now() - interval '1 hour' then 'roles_old'
      end as refusal,
      coalesce(s.last_used_at >= now() - interval '1 minute', false) as "isUseNoted"
    from hub.session s left join hub.person p on p.source = s.source and p.authority_id = s.authority_id
    where s.hash = ${hash}`
  return row ?? null
}

/** Notes that a session was used: one write a minute, however many requests come at once. */
export async function noteSessionUse(sql: Sql, id: string): Promise<void> {
  await sql`
    update hub.session set last_used_at = now()
    where id = ${id} and (last_used_at is null or last_used_at < now() - interval '1 minute')`
}
