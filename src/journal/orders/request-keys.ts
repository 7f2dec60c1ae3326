import type { Json } from '../../core/json.ts'
import { type AnySql, type Sql, toCleanJson, transaction } from '../sql/sql.ts'

/** A request that names a key: by whom, and what was asked, as a hash. */
export type KeyedRequest = { caller: string; key: string; request: string }

/** What was answered to a request. */
export type KeptAnswer = { status: number; answer: Json }

/** `begun`: it is this request's turn. `other`: the key was another request's. `under_way`: it is being worked on. */
export type KeyTurn = 'begun' | 'other' | 'under_way' | KeptAnswer

/** A key is remembered for so long. */
const keptHours = 24

/** What takes longer than this has ended with its hub: no act of one thing lasts for a minute. */
const underWaySeconds = 60

/** So many keys that are over are forgotten with each that comes. */
const mostForgotten = 100

/** Takes the key for a request, or says what became of the one that had it. */
export async function takeKey(sql: Sql, { caller, key, request }: KeyedRequest): Promise<KeyTurn> {
  return transaction(sql, async (tx) => {
    await forgetKeys(tx)
    const taken = await tx`
      insert into hub.request_key as k (caller, key, request) values (${caller}, ${key}, ${request})
      on conflict (caller, key) do update set request = excluded.request, status = null, answer = null, at = now()
        where k.at < now() - make_interval(hours => ${keptHours})
          or (k.status is null and k.request = excluded.request and k.at < now() - make_interval(secs => ${underWaySeconds}))
      returning 1`
    if (taken.length > 0) return 'begun'
    const [row] = await tx<{ request: string; status: number | null; answer: Json }[]>`
      select request, status, answer from hub.request_key where caller = ${caller} and key = ${key}`
    if (row?.request !== request) return 'other'
    return row.status === null ? 'under_way' : { status: row.status, answer: row.answer }
  })
}

async function forgetKeys(tx: AnySql): Promise<void> {
  await tx`
    delete from hub.request_key where (caller, key) in (
      select caller, key from hub.request_key where at < now() - make_interval(hours => ${keptHours})
      order by at limit ${mostForgotten} for update skip locked)`
}

/** Keeps what was answered under a key. */
export async function keepAnswer(
  sql: Sql,
  { caller, key, status, answer }: Omit<KeyedRequest, 'request'> & KeptAnswer,
): Promise<void> {
  await sql`
    update hub.request_key set status = ${status}, answer = ${toCleanJson(answer)}::text::jsonb
    where caller = ${caller} and key = ${key}`
}

/** Gives a key back, because its request failed for a fault of ours: it may come again. */
export async function giveKeyBack(sql: Sql, { caller, key }: Omit<KeyedRequest, 'request'>): Promise<void> {
  await sql`delete from hub.request_key where caller = ${caller} and key = ${key} and status is null`
}
