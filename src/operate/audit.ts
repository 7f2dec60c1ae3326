import type { AuditFilter, AuditRow, Journal } from '../journal/index.ts'
import { completeId } from './one-id.ts'
import { findKnownPeople } from './one-person.ts'

export type AuditQuery = Omit<AuditFilter, 'targets'> & {
  /** An id or its beginning, a connector, or an e-mail or login of people. */
  target?: string | undefined
}

type AuditPage = { query: AuditQuery; limit: number; after?: string | undefined }

/** Lists what is on record, the newest first; `next`: after which id the next page begins. */
export async function listAudit(
  journal: Pick<Journal, 'records'>,
  { query, limit, after }: AuditPage,
): Promise<{ entries: AuditRow[]; next: string | null }> {
  const filter = await readFilter(journal, query)
  const rows = await journal.records.listAudit({ ...filter, order: 'newest', after, limit: limit + 1 })
  const entries = rows.slice(0, limit)
  return { entries, next: rows.length > limit ? (entries.at(-1)?.id ?? null) : null }
}

const pageRows = 500

/** Reads all that is numbered beyond a number, in order. Who keeps the last number they had misses nothing later. */
export async function* exportAudit(
  journal: Pick<Journal, 'records'>,
  { query, after }: { query: AuditQuery; after: number },
): AsyncGenerator<AuditRow> {
  const filter = await readFilter(journal, query)
  let last = after
  for (;;) {
    const rows = await journal.records.listAudit({ ...filter, order: 'numbered', after: last, limit: pageRows })
    yield* rows
    last = rows.at(-1)?.number ?? last
    if (rows.length < pageRows) return
  }
}

async function readFilter(journal: Pick<Journal, 'records'>, { target, ...filter }: AuditQuery): Promise<AuditFilter> {
  if (target === undefined) return filter
  const people = await findKnownPeople(journal, target)
  return { ...filter, targets: people.length > 0 ? people.map(({ id }) => id) : [await completeId(journal, target)] }
}
