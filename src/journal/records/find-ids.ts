import type { AnySql } from '../sql/sql.ts'

const tables = {
  dlv_: 'hub.delivery',
  evt_: 'hub.event',
  per_: 'hub.person',
  tok_: 'hub.token',
  bat_: 'hub.batch',
  ses_: 'hub.session',
  lnk_: 'hub.signin_link',
} as const

type Prefix = keyof typeof tables

const prefixes = Object.keys(tables) as Prefix[]

/**
 * Lists ids of deliveries, events, people, tokens, batches or sessions that begin with a text, in their order, so that the
 * whole id comes first.
 * A range of the primary key; empty when the text begins no id of these.
 */
export async function findIds(sql: AnySql, { begin, limit }: { begin: string; limit: number }): Promise<string[]> {
  const prefix = prefixes.find((one) => begin.startsWith(one))
  if (prefix === undefined || begin.length === prefix.length) return []
  // `~` comes after every letter of an id.
  const rows = await sql<{ id: string }[]>`
    select id from ${sql.unsafe(tables[prefix])} where id >= ${begin} and id < ${`${begin}~`} order by id limit ${limit}`
  return rows.map(({ id }) => id)
}
