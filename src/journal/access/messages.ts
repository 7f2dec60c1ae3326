import { hmacSha256, toHex } from '../../core/crypto.ts'
import type { DeliveryStatus } from '../../core/outcome.ts'
import { type Sql, transaction } from '../sql/sql.ts'

/** One copy of a message whose id its sender has signed. */
type MessageCopy = {
  source: string
  connector: string
  kind: string
  id: string
  raw: Uint8Array
  /** ISO time at which this copy came. */
  receivedAt: string
  /** While another copy is worked on, no second one is: for as long as this, if the process dies. */
  leaseSeconds: number
}

/** What a copy holds while it is worked on. */
export type HeldMessage = { key: string; epoch: number }

export type TakenMessage =
  /** `record`: what an earlier copy led to, if any; it was not answered finally. */
  | { state: 'held'; held: HeldMessage; firstAt: string; record: string | null }
  /** Another copy is being worked on. */
  | { state: 'busy'; record: string | null }
  /** Answered finally: `done`, or the code of a refusal. `reason`: the words of the refusal, where they are known. */
  | { state: 'answered'; answer: string; record: string | null; reason: string | null }
  /** The id is known with another body. */
  | { state: 'other_body'; record: string | null }

/**
 * Takes a copy of a message: the first of all to be worked on, or a later one that is told what became of the first.
 * The row's lock decides between two copies that come at the same moment.
 */
export async function takeMessage(sql: Sql, copy: MessageCopy): Promise<TakenMessage> {
  const { source, connector, kind, id, raw, receivedAt, leaseSeconds } = copy
  const hashKey = await readHashKey(sql)
  const key = toHex(hmacSha256(hashKey, new TextEncoder().encode(JSON.stringify([source, connector, kind, id]))))
  const body = toHex(hmacSha256(hashKey, raw))
  return transaction(sql, async (tx): Promise<TakenMessage> => {
    const lease = tx`now() + make_interval(secs => ${leaseSeconds})`
    const inserted = await tx`
      insert into hub.signed_message (key, body, first_at, lease_until)
      values (decode(${key}, 'hex'), decode(${body}, 'hex'), ${receivedAt}, ${lease})
      on conflict do nothing returning key`
    if (inserted.length > 0) return { state: 'held', held: { key, epoch: 1 }, firstAt: receivedAt, record: null }
    const [row] = await tx<MessageRow[]>`
      update hub.signed_message set seen_at = now() where key = decode(${key}, 'hex')
      returning body = decode(${body}, 'hex') as "isSame", first_at as "firstAt", record, answer,
        coalesce(lease_until > now(), false) as "isBusy"`
    if (!row) throw new Error('A message was forgotten while it was looked up.')
    const { isSame, isBusy, firstAt, record, answer } = row
    if (!isSame) return { state: 'other_body', record }
    if (answer !== null) {
      const [tried] = await tx<{ error: string | null }[]>`
        select error from hub.attempt where delivery_id = ${record} order by number limit 1`
      return { state: 'answered', answer, record, reason: tried?.error ?? null }
    }
    if (isBusy) return { state: 'busy', record }
    const [taken] = await tx<{ epoch: number }[]>`
      update hub.signed_message set lease_until = ${lease}, epoch = epoch + 1 where key = decode(${key}, 'hex')
      returning epoch`
    return { state: 'held', held: { key, epoch: taken?.epoch ?? 0 }, firstAt, record }
  })
}

type MessageRow = { isSame: boolean; isBusy: boolean; firstAt: string; record: string | null; answer: string | null }

async function readHashKey(sql: Sql): Promise<string> {
  const [row] = await sql<{ key: string }[]>`select encode(key, 'hex') as key from hub.message_key`
  if (!row) throw new Error('hub.message_key is empty: the journal is not migrated.')
  return row.key
}

/** Notes what a copy led to, before it is carried out: after a crash the next copy finds it. */
export async function linkMessage(sql: Sql, { key, record }: Pick<HeldMessage, 'key'> & { record: string }) {
  await sql`update hub.signed_message set record = ${record} where key = decode(${key}, 'hex')`
}

/**
 * Ends the work on a copy. A final answer is remembered; without one (null) the next copy is worked on again. Whoever
 * has lost the message to a later copy still knows how it was answered, and only that is written.
 */
export async function endMessage(sql: Sql, { key, epoch, answer }: HeldMessage & { answer: string | null }) {
  await sql`
    update hub.signed_message set answer = coalesce(answer, ${answer}),
      lease_until = case when epoch = ${epoch} then null else lease_until end
    where key = decode(${key}, 'hex')`
}

export type MessageRevoke = { id: string; lane: string; status: DeliveryStatus }

/** What an earlier copy of a revoke led to: itself, and the revokes of each person that follow from it. */
export async function listMessageRevokes(sql: Sql, record: string): Promise<MessageRevoke[]> {
  return sql<MessageRevoke[]>`
    select r.id, r.lane, r.status from hub.delivery d join hub.delivery r on r.event_id = d.event_id
    where d.id = ${record} and r.kind in ('resolve', 'deprovision') and r.grants is null
    order by r.seq`
}

/** So many at a time: whoever forgets holds locks for a moment only. */
const mostForgotten = 1000

/** Forgets messages of which no copy came for so many days. Returns how many. */
export async function forgetMessages(sql: Sql, { days }: { days: number }): Promise<number> {
  const { count } = await sql`
    delete from hub.signed_message where key in (
      select key from hub.signed_message
      where seen_at < now() - make_interval(days => ${days}) and coalesce(lease_until <= now(), true)
      order by seen_at limit ${mostForgotten}
      for update skip locked
    )`
  return count
}
