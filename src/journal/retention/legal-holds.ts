import { type OrderNote, type ReasonedNote, recordOrder } from '../orders/operator-orders.ts'
import { type AnySql, inOrder, type Sql, transaction } from '../sql/sql.ts'

export type LegalHoldRow = {
  person: string
  source: string
  authorityId: string
  reason: string
  by: string
  at: string
}

/** Keeps all that concerns a person from being erased. A second one takes the place of the first. */
export async function setLegalHold(sql: Sql, { person, ...note }: ReasonedNote & { person: string }): Promise<void> {
  await transaction(sql, (tx) =>
    inOrder([
      tx`select 1 from hub.person where id = ${person} for update`,
      tx`insert into hub.legal_hold (person, reason, ordered_by) values (${person}, ${note.reason}, ${note.by})
        on conflict (person) do update set reason = excluded.reason, ordered_by = excluded.ordered_by, ordered_at = now()`,
      recordOrder(tx, { ...note, kind: 'legal_hold', about: [person] }),
    ]),
  )
}

/** False when there was none. */
export async function endLegalHold(sql: Sql, { person, ...note }: OrderNote & { person: string }): Promise<boolean> {
  return transaction(sql, async (tx) => {
    const ended = await tx`delete from hub.legal_hold where person = ${person}`
    if (ended.count === 0) return false
    await recordOrder(tx, { ...note, kind: 'legal_hold_ended', about: [person] })
    return true
  })
}

export async function listLegalHolds(sql: AnySql): Promise<LegalHoldRow[]> {
  return sql<LegalHoldRow[]>`
    select h.person, p.source, p.authority_id as "authorityId", h.reason, h.ordered_by as by, h.ordered_at as at
    from hub.legal_hold h join hub.person p on p.id = h.person order by h.ordered_at, h.person`
}
