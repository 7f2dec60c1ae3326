import type { JsonObject } from './json.ts'

/** For how long the journal keeps what is over; null: for ever. */
export type KeptDays = { bodiesDays: number | null; days: number | null; evidenceDays: number }

/**
 * What stays of one leaving at one connector when its rows are pruned: ids, codes and times, ISO.
 * - `begunAt`: since when the person is out, by the authority's word
 * - `readAt`: when the authority was first read as denying
 * - `doneAt`: when the last user was written
 * - `readBackAt`: when the lockout had been read back
 * - `endedAt`: when the authority was read as allowing again; null: not yet
 */
export type LeavingEvidence = {
  person: string
  connector: string
  eventId: string | null
  deliveryId: string | null
  begunAt: string
  heardAt: string
  readAt: string | null
  doneAt: string | null
  readBackAt: string | null
  endedAt: string | null
  facts: JsonObject
}
