import type { PersonKey } from '../../core/person.ts'
import type { Role } from '../../core/role.ts'
import { type AnySql, type Sql, transaction } from '../sql/sql.ts'
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

type NewToken = Pick<TokenRow, 'id' | 'name' | 'owner' | 'role' | 'person'> & { hash: string; days: number }

/** Adds a token that ends so many days from now, by the database's clock, and puts on record who made it. */
export async function addToken(sql: Sql, token: NewToken, note: OrderNote): Promise<TokenRow> {
  const { id, hash, name, owner, role, person, days } = token
  return transaction(sql, async (tx) => {
    const [row] = await tx<TokenRow[]>`
      insert into hub.token as t (id, hash, name, owner, role, source, authority_id, made_by, expires_at)
      values (${id}, ${hash}, ${name}, ${owner}, ${role}, ${person?.source ?? null}, ${person?.authorityId ?? null},
        ${note.by}, now() + make_interval(hours => ${24 * days}))
      returning ${listColumns(tx)}`
    if (!row) throw new Error('The token was not returned by its own insert.')
    const facts = { role, expiresAt: row.expiresAt, ...(person ? { person } : {}) }
    await recordOrder(tx, { ...note, kind: 'token_made', about: [id], facts, words: { name, owner } })
    return row
  })
}

/** Ends a token. False when there is none of this id, or it was revoked before. */
export async function revokeToken(sql: Sql, { id, ...note }: OrderNote & { id: string }): Promise<boolean> {
  return transaction(sql, async (tx) => {
    const [row] = await tx<Pick<TokenRow, 'name' | 'owner' | 'role'>[]>`
      update hub.token set revoked_at = now(), revoked_by = ${note.by} where id = ${id} and revoked_at is null
      returning name, owner, role`
    if (!row) return false
    const { name, owner, role } = row
    await recordOrder(tx, { ...note, kind: 'token_revoked', about: [id], facts: { role }, words: { name, owner } })
    return true
  })
}

/** Lists the tokens, the newest first, those that ended too. */
export async function listTokens(sql: AnySql): Promise<TokenRow[]> {
  return sql<TokenRow[]>`
    select ${listColumns(sql)} from hub.token t order by t.made_at desc, t.id desc limit ${mostListed}`
}

const mostListed = 1000

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
