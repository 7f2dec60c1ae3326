import type { Sql } from '../sql/sql.ts'

/**
 * Deletes sessions that have been over for so many days, a day at most after their beginning, and links of the machine that
 * are as old. What was done in a session stays on record under its account, and that somebody signed in too. An emergency
 * keeps its link, by which it is reviewed. What is about a person under legal hold stays. Returns how many sessions went.
 */
export async function pruneSignIns(sql: Sql, { keepDays, rows }: { keepDays: number; rows: number }): Promise<number> {
  const over = sql`made_at < now() - make_interval(days => ${keepDays + 1})`
  await sql`delete from hub.signin_link where kind = 'link' and ${over}`
  const { count } = await sql`
    delete from hub.session where id = any(array(
      select id from hub.session s where ${over}
        and not exists (select 1 from hub.legal_hold l where l.person = s.account)
      order by made_at limit ${rows} for update of s skip locked))`
  return count
}
