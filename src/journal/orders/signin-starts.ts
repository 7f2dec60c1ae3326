import type { Sql } from '../sql/sql.ts'

/** A sign-in that a browser began: where it goes in the end, and whether the issuer was asked without its page. */
export type SigninStart = { goal: string; silent: boolean }

type NewStart = SigninStart & { hash: string; seconds: number }

/** Notes that a sign-in began, and takes a few away that are over: whoever begins many keeps the table no larger. */
export async function addSigninStart(sql: Sql, { hash, goal, silent, seconds }: NewStart): Promise<void> {
  await sql`
    with over as (
      select hash from hub.signin_start where expires_at <= now() order by expires_at limit 10 for update skip locked
    ), gone as (
      delete from hub.signin_start s using over where s.hash = over.hash
    )
    insert into hub.signin_start (hash, goal, silent, expires_at)
    values (${hash}, ${goal}, ${silent}, now() + make_interval(secs => ${seconds}))`
}

/** Takes a sign-in for its one use. Null: there is none, it was used before, or it is over. */
export async function takeSigninStart(sql: Sql, hash: string): Promise<SigninStart | null> {
  const [row] = await sql<(SigninStart & { isOver: boolean })[]>`
    delete from hub.signin_start where hash = ${hash} returning goal, silent, expires_at <= now() as "isOver"`
  return row && !row.isOver ? { goal: row.goal, silent: row.silent } : null
}
