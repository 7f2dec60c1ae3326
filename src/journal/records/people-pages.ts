import type { AnySql } from '../sql/sql.ts'

/** A person in a list; `seen`: what they were seen under, folded, by which they stand in it. */
export type ListedPerson = { person: string; seen: string }

type SeenQuestion = {
  begin: string
  /** The last person of the page before. */
  after?: ListedPerson | undefined
  limit: number
}

/**
 * Lists people who were seen under something that begins with a text, letter case aside, in the order of that: a range of
 * an index, so that a page costs as much however many fit. A person stands at the first of their own that fit, and once.
 */
export async function listPeopleSeenAs(sql: AnySql, { begin, after, limit }: SeenQuestion): Promise<ListedPerson[]> {
  const end = sql`(hub.fold_email(${begin}) || chr(1114111))`
  const folded = (table: 's' | 'o') => sql`(hub.fold_email(${sql(table)}.value) collate "C")`
  return sql<ListedPerson[]>`
    select s.person, hub.fold_email(s.value) as seen from hub.sighting s
    where ${folded('s')} >= ${after ? sql`${after.seen}` : sql`hub.fold_email(${begin})`} and ${folded('s')} < ${end}
      ${after ? sql`and (${folded('s')} > ${after.seen} or s.person > ${after.person})` : sql``}
      and not exists (select 1 from hub.sighting o
        where o.person = s.person and ${folded('o')} >= hub.fold_email(${begin}) and ${folded('o')} < ${end}
          and (${folded('o')}, o.kind, o.connector, o.value) < (${folded('s')}, s.kind, s.connector, s.value))
    order by hub.fold_email(s.value) collate "C", s.person limit ${limit}`
}

/** Lists the ids of all people in their order, only those behind `after`. */
export async function listPeopleIds(
  sql: AnySql,
  { after, limit }: { after: string; limit: number },
): Promise<ListedPerson[]> {
  return sql<ListedPerson[]>`
    select id as person, '' as seen from hub.person where id > ${after} order by id limit ${limit}`
}
