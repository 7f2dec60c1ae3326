import type { PersonKey } from '../../core/person.ts'
import type { Role } from '../../core/role.ts'
import { type AnySql, inOrder, type Sql, transaction } from '../sql/sql.ts'
import { type OrderNote, recordOrder } from './operator-orders.ts'

/** A token as operators see it. Neither its text nor its hash ever leaves the journal. */
export type TokenRow = {
  id: string
  name: string
  owner: string
  role: Role
  person: PersonKey | null
  madeBy: string
  madeAt: string
  expiresAt: string
  expired: boolean
  revokedAt: string | null
  revokedBy: string | null
  lastUsedAt: string | null
}

type NewToken = Pick<TokenRow, 'id' | 'name' | 'owner' | 'role' | 'person'> & {
  hash: string
  days: number
  /** The id of the token with which it is made: it ends no later. Null: it is made with none. */
  madeWith: string | null
}

/** Adds a token that ends so many days from now, by the database's clock, and puts on record who made it. */
export async function addToken(sql: Sql, token: NewToken, note: OrderNote): Promise<TokenRow> {
  const { id, hash, name, owner, role, person, days, madeWith } = token
  return transaction(sql, async (tx) => {
    const [row] = await tx<TokenRow[]>`
      insert into hub.token as t (id, hash, name, owner, role, source, authority_id, made_by, expires_at)
      values (${id}, ${hash}, ${name}, ${owner}, ${role}, ${person?.source ?? null}, ${person?.authorityId ?? null},
        ${note.by}, least(now() + make_interval(hours => ${24 * days}),
          (select m.expires_at from hub.token m where m.id = ${madeWith})))
      returning ${listColumns(tx)}`
    if (!row) throw new Error('The token was not returned by its own insert.')
    const facts = { role, expiresAt: row.expiresAt, ...(person ? { person } : {}) }
    await recordOrder(tx, { ...note, kind: 'token_made', about: [id], facts, words: { name, owner } })
    return row
  })
}

/**
 * Ends a token, and those that were made with it: who made them is on record. False when there is none of this id, or all
 * of them were revoked before.
 */
export async function revokeToken(sql: Sql, { id, ...note }: OrderNote & { id: string }): Promise<boolean> {
  return transaction(sql, async (tx) => {
    const rows = await tx<Pick<TokenRow, 'id' | 'name' | 'owner' | 'role'>[]>`
      with recursive line (id) as (
        select ${id}::text collate "C"
        union
        select made.id collate "C" from line join hub.audit a on a.act = 'token_made' and a.actor = line.id
          cross join lateral unnest(a.targets) as made (id)
      )
      update hub.token t set revoked_at = now(), revoked_by = ${note.by} from line
      where t.id = line.id and t.revoked_at is null
      returning t.id, t.name, t.owner, t.role`
    await inOrder(
      rows.map(({ id, name, owner, role }) =>
        recordOrder(tx, { ...note, kind: 'token_revoked', about: [id], facts: { role }, words: { name, owner } }),
      ),
    )
    return rows.length > 0
  })
}

/**
 * Lists the tokens, the newest first, those that ended too. Of these only so many: all that can be good are in it, or
 * whoever makes many would hide one.
 */
export async function listTokens(sql: AnySql): Promise<TokenRow[]> {
  return sql<TokenRow[]>`
    select ${listColumns(sql)} from hub.token t
    where t.made_at >= least(now() - interval '2160 hours', coalesce(
      (select t.made_at from hub.token t order by t.made_at desc offset ${mostOver - 1} limit 1), '-infinity'))
    order by t.made_at desc, t.id desc`
}

const mostOver = 1000

function listColumns(sql: AnySql) {
  return sql`t.id, t.name, t.owner, t.role, ${selectPerson(sql)}, t.made_by as "madeBy", t.made_at as "madeAt",
    t.expires_at as "expiresAt", t.expires_at <= now() as expired, t.revoked_at as "revokedAt",
    t.revoked_by as "revokedBy", t.last_used_at as "lastUsedAt"`
}

function selectPerson(sql: AnySql) {
  return sql`case when t.source is not null then
    jsonb_build_object('source', t.source, 'authorityId', t.authority_id) end as person`
}

/** A token that opens the hub now. `isUseNoted`: its use was noted within the last minute. */
export type LiveToken = Pick<TokenRow, 'id' | 'name' | 'owner' | 'role' | 'person'> & { isUseNoted: boolean }

/** Finds a token by its hash, unless it is revoked or expired, or its person is denied. */
export async function findToken(sql: AnySql, hash: string): Promise<LiveToken | null> {
  const [row] = await sql<LiveToken[]>`
    select t.id, t.name, t.owner, t.role, ${selectPerson(sql)},
      coalesce(t.last_used_at >= now() - interval '1 minute', false) as "isUseNoted"
    from hub.token t
    where t.hash = ${hash} and t.revoked_at is null and t.expires_at > now() and not exists (
      select 1 from hub.person p
      where p.source = t.source and p.authority_id = t.authority_id and p.denied_at is not null)`
  return row ?? null
}

/** Notes that a token was used: one write a minute, however many requests come at once. */
export async function noteTokenUse(sql: Sql, id: string): Promise<void> {
  await sql`
    update hub.token set last_used_at = now()
    where id = ${id} and (last_used_at is null or last_used_at < now() - interval '1 minute')`
}
