import { makeBound } from '../../src/core/id.ts'
import { defaultBrakeLimits } from '../../src/core/policy.ts'
import { makeJournal, mostExamined, type Sql } from '../../src/journal/index.ts'
import { listAudit } from '../../src/operate/audit.ts'
import { type DeliveryQuery, listDeliveryPage } from '../../src/operate/deliveries.ts'
import { listLeavers } from '../../src/operate/leavers.ts'
import { findOnePerson, readPerson } from '../../src/operate/one-person.ts'
import { findShown } from '../../src/operate/shown.ts'
import { findStuck } from '../../src/operate/stuck.ts'
import { grownEvent, grownPerson, grownRequest } from './growth-rows.ts'

/** `walks`: no index leads to what is asked for, and so many deliveries or people are gone over at most. */
export type OperatorRead = { name: string; walks?: number; read(): Promise<unknown> }

/**
 * What operators ask, by the commands' names, of rows that `fillJournal` wrote. `since`: an ISO time; who left since then
 * is reported.
 */
export function listOperatorReads(sql: Sql, { since }: { since: string }): OperatorRead[] {
  const journal = makeJournal(sql)
  const { records } = journal
  const [{ email }, leaver] = [grownPerson(3), grownPerson(0)]
  const { trace, request } = grownRequest(7)
  const aMinuteAgo = makeBound('dlv', Date.now() - 60_000)
  const list = (query: Partial<DeliveryQuery>) => () => listDeliveryPage(journal, { folds: true, limit: 50, ...query })
  const person = (who: string) => async () => readPerson(journal, await findOnePerson(journal, who))
  const show = (text: string) => () => findShown(journal, text)
  return [
    { name: 'deliveries', read: list({}) },
    { name: 'deliveries --all', read: list({ folds: false }) },
    { name: 'deliveries --connector', read: list({ connector: 'target' }) },
    { name: 'deliveries --connector none', walks: mostExamined, read: list({ connector: 'none' }) },
    { name: 'deliveries --status pending', read: list({ folds: false, status: 'pending' }) },
    { name: 'deliveries --status failed', read: list({ folds: false, status: 'failed' }) },
    { name: 'deliveries --status held', read: list({ folds: false, status: 'held' }) },
    { name: 'deliveries --status no_match', read: list({ folds: false, status: 'no_match' }) },
    { name: 'deliveries --status succeeded', read: list({ folds: false, status: 'succeeded' }) },
    { name: 'deliveries --since', walks: mostExamined, read: list({ since }) },
    { name: 'deliveries --person <e-mail>', read: list({ person: email }) },
    { name: 'deliveries --person <Okta id>', read: list({ person: grownPerson(3).authorityId }) },
    { name: 'deliveries --event <sender’s id>', read: list({ event: grownEvent(7) }) },
    { name: 'deliveries --event user.*', read: list({ event: 'user.*' }) },
    { name: 'deliveries --event none.*', walks: mostExamined, read: list({ event: 'none.*' }) },
    { name: 'deliveries --search <e-mail>', walks: mostExamined, read: list({ search: email }) },
    { name: 'deliveries --search nothing', walks: mostExamined, read: list({ search: 'nothing-of-the-kind' }) },
    { name: 'deliveries --stuck', read: () => findStuck(journal, { limit: 50 }) },
    { name: 'deliveries --follow, one look', read: list({ after: aMinuteAgo, limit: 1000 }) },
    { name: 'person <e-mail>', read: person(email) },
    { name: 'person <who left>', read: person(leaver.authorityId) },
    { name: 'person adopt list', read: () => records.listOpenConflicts() },
    { name: 'show <sender’s id>', read: show(grownEvent(7)) },
    { name: 'show <request id>', read: show(request) },
    { name: 'show <trace id>', read: show(trace) },
    { name: 'show <nothing known>', read: show('f'.repeat(32)) },
    { name: 'report leavers', read: () => listLeavers(journal, { from: since, to: new Date().toISOString() }) },
    { name: 'what /metrics reads', read: () => records.measureQueue() },
    { name: 'brake: its threshold', walks: 10_000, read: () => journal.orders.readBrakeStatus(defaultBrakeLimits) },
    { name: 'brake: a wave of 1,000', read: () => records.countPeople({ most: 2000 }) },
    { name: 'audit', read: () => listAudit(journal, { query: {}, limit: 50 }) },
    { name: 'audit --target <e-mail>', read: () => listAudit(journal, { query: { target: email }, limit: 50 }) },
    { name: 'audit --act cancel', read: () => listAudit(journal, { query: { act: 'cancel' }, limit: 50 }) },
    { name: 'brake: the latest orders', read: () => journal.orders.listOrders({ limit: 8 }) },
    { name: 'doctor: pace of looks', read: () => records.readVerificationPace() },
    { name: 'doctor: contested', read: () => records.listContested() },
    { name: 'doctor: open alerts', read: () => records.listOpenAlerts() },
    { name: 'doctor: owed', read: () => records.listOwed({ open: true }) },
  ]
}
