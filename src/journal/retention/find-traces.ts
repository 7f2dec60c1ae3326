import type { PendingQuery, Row } from 'postgres'
import { foldEmail } from '../../core/email.ts'
import type { PersonRow } from '../records/people.ts'
import { bindByKey } from '../sql/read-by-key.ts'
import type { AnySql, Sql } from '../sql/sql.ts'

/** Where the journal has something of a person. */
export type Traces = {
  id: string
  source: string
  authorityId: string
  /** What they are called, folded: e-mails and logins under which nobody else was seen. */
  words: string[]
  /** Deliveries about them. */
  deliveries: string[]
  /** Events about them, and events whose body names them: also as the one who acted. */
  events: string[]
  lanes: string[]
}

type Subject = Pick<PersonRow, 'id' | 'source' | 'authorityId'>

/** So many bodies are read by one statement. */
const pageRows = 5000

/**
 * Finds everything that the journal has of a person. No index has what stands inside of bodies: each of them is read,
 * page by page and under no lock.
 */
export async function findTraces(sql: Sql, { id, source, authorityId }: Subject): Promise<Traces> {
  const byKey = bindByKey(sql)
  const words = await byKey(listWords)(id)
  const deliveries = await byKey(listDeliveryIds)({ id, words })
  const own = await byKey(listOwnEvents)({ id, deliveries: deliveries.map((one) => one.id) })
  const naming = await findNaming(sql, { authorityId, id, words })
  return {
    ...{ id, source, authorityId, words },
    deliveries: deliveries.map((one) => one.id),
    events: [...new Set([...own, ...naming])],
    lanes: [...new Set(deliveries.map((one) => one.lane))],
  }
}

async function listWords(sql: AnySql, id: string): Promise<string[]> {
  const rows = await sql<{ word: string }[]>`
    select distinct hub.fold_email(mine.word) as word from (
      select value as word from hub.sighting where person = ${id} and kind in ('email', 'login')
      union select jsonb_array_elements_text((state -> 'emails') || (state -> 'logins')) from hub.person where id = ${id}
      union select d.request #>> '{request,subject,email}' from (
        select * from hub.delivery where person = ${id} offset 0) d where d.request is not null
      union select g.request #>> '{request,subject,email}' from hub.access_grant g where g.person = ${id}
    ) mine
    where mine.word <> '' and not exists (
      select 1 from hub.sighting other where hub.fold_email(other.value) = hub.fold_email(mine.word)
        and other.person <> ${id} and other.kind in ('email', 'login'))`
  return rows.map(({ word }) => word)
}

type Named = { id: string; words: readonly string[] }

/** Of those about nobody, what was asked for under an e-mail that is theirs alone. */
async function listDeliveryIds(sql: AnySql, { id, words }: Named): Promise<{ id: string; lane: string }[]> {
  return sql<{ id: string; lane: string }[]>`
    select id, lane from hub.delivery where person = ${id}
    union
    select d.id, d.lane from unnest(${[...words]}::text[]) as word cross join lateral (
      select * from hub.delivery where hub.fold_email(request #>> '{request,subject,email}') = word
        and request is not null and person is null offset 0) d`
}

/** With the events whose body they share. */
async function listOwnEvents(
  sql: AnySql,
  { id, deliveries }: { id: string; deliveries: readonly string[] },
): Promise<string[]> {
  const rows = await sql<{ ids: string[] }[]>`
    select to_jsonb(array_remove(array[e.id, e.part_of], null)) as ids from (
      select id, part_of from hub.event where person = ${id}
      union
      select e.id, e.part_of from unnest(${[...deliveries]}::text[]) as wanted (id)
        cross join lateral (select * from hub.delivery where hub.delivery.id = wanted.id offset 0) d
        cross join lateral (select * from hub.event where hub.event.id = d.event_id offset 0) e
    ) e`
  return rows.flatMap(({ ids }) => ids)
}

type Wanted = Named & { authorityId: string }

async function findNaming(sql: Sql, wanted: Wanted): Promise<string[]> {
  const found: string[] = []
  for (let after = ''; ; ) {
    const [page] = await sql<{ last: string | null; found: string[] | null }[]>`
      select max(id) as last, jsonb_agg(id) filter (where ${isNaming(sql, sql`body`, wanted)}) as found from (
        select id, hub.fold_email(concat(data::text, convert_from(raw, 'UTF8'), external_id)) as body
        from hub.event where id > ${after} order by id limit ${pageRows}) read`
    found.push(...(page?.found ?? []))
    if (!page?.last) return found
    after = page.last
  }
}

type Text = PendingQuery<Row[]>

/**
 * Whether a text in lower case names the person: by an id or a login as a whole JSON text, or by an e-mail that is not a
 * part of a longer one.
 */
function isNaming(sql: AnySql, text: Text, { id, authorityId, words }: Wanted) {
  const whole = [id, authorityId, ...words.filter((word) => !word.includes('@'))]
  const emails = words.filter((word) => word.includes('@'))
  return sql`(${text} like any(${whole.map((word) => `%${escapeLike(JSON.stringify(foldEmail(word)))}%`)}::text[])
    or ${isNamedBy(sql, text, emails)})`
}

/** Whether a text in lower case holds one of these e-mails, and not as a part of a longer one. */
export function isNamedBy(sql: AnySql, text: Text, words: readonly string[]) {
  const emails = words.filter((word) => word.includes('@'))
  const patterns = emails.map((word) => `(^|[^a-z0-9._%+-])${escapePattern(word)}($|[^a-z0-9._-]|\\.($|[^a-z0-9]))`)
  return sql`(${text} like any(${emails.map((word) => `%${escapeLike(word)}%`)}::text[]) and ${text} ~ any(${patterns}::text[]))`
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&')
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
