import type { PendingQuery, Row } from 'postgres'
import type { BatchAct, BatchTerms } from '../../core/batch.ts'
import type { HeldDirection } from '../../core/change.ts'
import type { NewEvent } from '../../core/queue.ts'
import type { NewOrder, ReasonedNote } from '../orders/operator-orders.ts'
import type { PageFilter } from '../records/page-filter.ts'
import type { AnySql } from '../sql/sql.ts'

type Held = { direction: HeldDirection }

/** What picks the set of each act. All conditions hold at once. */
export type BatchSets = {
  replay: { deliveries: Omit<PageFilter, 'folds' | 'limit'> }
  /** ISO times: what failed of what came at or after `since`, and before `until`. */
  recover: { since: string; until: string | undefined; connector: string | undefined }
  release: Held
  cancel: Held
  end_grant: {
    ids: readonly string[] | undefined
    people: readonly string[] | undefined
    connector: string | undefined
    target: string | undefined
  }
  /** Ids of people. */
  protect: { people: readonly string[] }
  enforce: { people: readonly string[] | undefined; source: string | undefined }
  /** `text`: within the reason for which the user was not touched. */
  adopt: { people: readonly string[] | undefined; connector: string | undefined; text: string | undefined }
}

/** What a set is made of, by its act. */
export type BatchSet<Act extends BatchAct = BatchAct> = { [A in Act]: { act: A; of: BatchSets[A] } }[Act]

/** A row that is to be carried out. */
export type MeantRow = {
  ordinal: number
  subject: string
  connector: string | null
  direction: HeldDirection | null
  target: string | null
  /** By which the person is looked at anew after the act; absent: the act itself makes due what it needs. */
  event: NewEvent | null
}

export type Meant = {
  rows: readonly MeantRow[]
  terms: BatchTerms
  /** As each row's act goes on record. */
  note: ReasonedNote & Required<Pick<NewOrder, 'facts' | 'planHash'>>
}

/** What the journal does for an act. */
export type JournaledAct<Act extends BatchAct> = {
  /** Selects the rows of a set: subject, lane, person, connector, direction and target. */
  select(tx: AnySql, of: BatchSets[Act]): PendingQuery<Row[]>
  /** Does the act to these rows, as a single order would, and returns the places of those to which it was done. */
  carryOut(tx: AnySql, meant: Meant): Promise<ReadonlySet<number>>
}

/** Finds the places of the rows whose subject is one of these. */
export function listPlaces(rows: readonly MeantRow[], subjects: ReadonlySet<string>): ReadonlySet<number> {
  return new Set(rows.flatMap(({ ordinal, subject }) => (subjects.has(subject) ? [ordinal] : [])))
}
