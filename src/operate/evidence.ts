import { pickSample } from '../core/pick-sample.ts'
import type { AuditRow, Journal, VerificationRow } from '../journal/index.ts'
import { type Leaver, listLeavers } from './leavers.ts'
import { headReport, type ReportAsk, type ReportHead } from './report-head.ts'
import { findShown, type ShownDelivery } from './shown.ts'

/** All that the journal has about one leaving: what came, what was done with every try, what was read back, who ordered. */
export type Evidence = {
  leaver: Leaver
  /** Each with its event, its tries and what each try changed. */
  deliveries: ShownDelivery[]
  /** When each system was looked at last, and next. */
  readBacks: VerificationRow[]
  audit: AuditRow[]
  /** True: there is more of this person than is listed here, the newest first. */
  isCut: boolean
}

export type EvidencePack = { head: ReportHead; rows: Evidence[] }

/** More of one person is told to be cut. */
const mostOfPerson = 500

/**
 * Collects the evidence of some leavers of a period. Which ones follows from the period's leavers and the seed alone, so
 * that who asks again gets the same.
 */
export async function collectEvidence(
  journal: Pick<Journal, 'orders' | 'queue' | 'records'>,
  { from, to, count, seed, ...ask }: ReportAsk & { from: string; to: string; count: number; seed: string },
): Promise<EvidencePack> {
  const all = await listLeavers(journal, { from, to })
  const keyOf = ({ person, connector, leftAt }: Leaver) => `${person} ${connector} ${leftAt}`
  const chosen = pickSample(all, { count, seed, keyOf })
  const found: Evidence[] = []
  for (const leaver of chosen) found.push(await readEvidence(journal, leaver))
  const filter = { from, to, sample: count, of: all.length, seed }
  return headReport(journal, { report: 'evidence', filter, rows: found, ask })
}

async function readEvidence(journal: Pick<Journal, 'orders' | 'queue' | 'records'>, leaver: Leaver): Promise<Evidence> {
  const { person } = leaver
  const { records } = journal
  const rows = await records.listDeliveries({ person, limit: mostOfPerson })
  const deliveries: ShownDelivery[] = []
  for (const { id } of rows) deliveries.push(...(await findShown(journal, id)).deliveries)
  const targets = [person, ...rows.map(({ id }) => id)]
  const audit = await records.listAudit({ targets, order: 'newest', limit: mostOfPerson })
  const isCut = rows.length === mostOfPerson || audit.length === mostOfPerson
  return { leaver, deliveries, readBacks: await records.listVerifications(person), audit, isCut }
}
