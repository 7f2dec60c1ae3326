import type { ChangeRecord } from '../core/outcome.ts'
import type { HeardNews, OpenDebt, PersonHistory, TriedRun } from '../core/person-history.ts'
import type { Journal } from '../journal/index.ts'
import { readActor } from '../sources/index.ts'
import type { Leaver } from './leaver.ts'
import { addEvidence } from './leaving-evidence.ts'
import { headReport, type ReportAsk, type ReportHead } from './report-head.ts'
import { claims, isReadBack, isVital, judgeStanding, standingWords } from './standing.ts'

export type { Leaver } from './leaver.ts'

export type LeaversReport = { head: ReportHead; secondsToLockout: LockoutTimes; leavers: Leaver[] }

/** Reports who left within the period, with the evidence of each lockout. */
export async function reportLeavers(
  journal: Pick<Journal, 'records'>,
  { from, to, ...ask }: ReportAsk & { from: string; to: string },
): Promise<LeaversReport> {
  const found = await listLeavers(journal, { from, to })
  const { head, rows } = await headReport(journal, { report: 'leavers', filter: { from, to }, rows: found, ask })
  return { head, secondsToLockout: measureLockouts(rows), leavers: rows }
}

/**
 * Lists who left within the period, `to` not included, with the evidence of their lockout, by the time they left. What
 * was pruned since is told from what was kept of it.
 */
export async function listLeavers(
  journal: Pick<Journal, 'records'>,
  period: { from: string; to: string },
): Promise<Leaver[]> {
  const histories = await journal.records.readLeaverHistories(period)
  return (await addEvidence(journal, histories.flatMap(findLeavings), period))
    .filter(({ leftAt }) => at(leftAt) >= at(period.from) && at(leftAt) < at(period.to))
    .sort((a, b) => (a.leftAt < b.leftAt ? -1 : 1))
}

/**
 * Finds every leaving in a history. One ends when the authority was read as allowing again, so a suspension and a later
 * deactivation are one leaving unless the person was back in between. A read that came too early ends nothing.
 */
export function findLeavings(history: PersonHistory): Leaver[] {
  const runs = history.runs.toSorted((a, b) => at(a.startedAt) - at(b.startedAt))
  const news = history.news.toSorted((a, b) => at(a.receivedAt) - at(b.receivedAt))
  const returns = findReturns(history)
  const stretchOf = (time: string) => returns.filter((back) => back < at(time)).length
  return [...returns, Number.POSITIVE_INFINITY].flatMap((_, stretch) => {
    const own = {
      ...history,
      news: news.filter(({ receivedAt }) => stretchOf(receivedAt) === stretch),
      runs: runs.filter(({ startedAt }) => stretchOf(startedAt) === stretch),
      debts: stretch === returns.length ? history.debts : [],
    }
    return findLeaving(own, { isLast: stretch === returns.length }) ?? []
  })
}

/** When the authority was read as allowing, in order. */
export function findReturns({ runs }: Pick<PersonHistory, 'runs'>): number[] {
  return runs
    .filter(isReturn)
    .map(({ startedAt }) => at(startedAt))
    .sort((a, b) => a - b)
}

function isReturn({ state, outcome }: TriedRun): boolean {
  return state?.access === 'allow' && outcome !== 'too_early'
}

function findLeaving(stretch: PersonHistory, { isLast }: { isLast: boolean }): Leaver | null {
  const denials = stretch.runs.filter(({ state }) => state?.access === 'deny')
  const [first] = denials
  const beginning = findBeginning(stretch.news, first)
  if (!beginning) return null
  const held = denials.find((run) => isReadBack(run) && knowsTarget(run, stretch))
  const { person, source, authorityId, login, connector } = stretch
  const locked = denials.flatMap(({ changes }) => changes.filter(({ owed, result }) => !owed && result === 'done'))
  return {
    ...{ person, source, authorityId, login, connector },
    status: denials.at(-1)?.state?.status ?? null,
    ...beginning,
    heldAt: held ? iso(held.endedAt) : null,
    secondsToLockout: held ? (at(held.endedAt) - at(beginning.leftAt)) / 1000 : null,
    users: new Set(locked.map(({ target }) => target)).size,
    ...judgeRevocation(denials, stretch.debts),
    attempts: countTries(stretch, { since: beginning.knownAt, held }),
    ...judgeEnd(stretch, { held, isLast }),
  }
}

type Beginning = Pick<Leaver, 'leftAt' | 'knownAt' | 'knownBy' | 'actedBy'>

/** A leaving begins when a hook says so, or, if the denial was read before any hook told of it, at the authority's time. */
function findBeginning(news: readonly HeardNews[], first: TriedRun | undefined): Beginning | null {
  const told = news.filter(
    ({ hint, receivedAt }) => hint === 'deny' && (!first || at(receivedAt) <= at(first.startedAt)),
  )
  const [earliest] = told
  if (earliest) {
    const leftAt = Math.min(...told.map(({ time }) => at(time)))
    return {
      leftAt: iso(leftAt),
      knownAt: iso(earliest.receivedAt),
      knownBy: earliest.type,
      actedBy: readActor(earliest.actor),
    }
  }
  if (!first) return null
  const found = news.find(({ delivery }) => delivery === first.delivery)
  const knownAt = iso(found?.receivedAt ?? first.startedAt)
  const leftAt = iso(first.state?.statusChangedAt ?? knownAt)
  return { leftAt, knownAt, knownBy: found?.type ?? 'unknown', actedBy: found ? readActor(found.actor) : null }
}

/** A run that found no user has read nothing back. */
function knowsTarget(run: TriedRun, { standing, runs }: PersonHistory): boolean {
  const before = runs.filter(({ startedAt }) => at(startedAt) <= at(run.startedAt))
  return (
    standing.links.length > 0 ||
    before.some(({ changes }) => changes.some((change) => isVital(change) && change.result === 'done'))
  )
}

/** Tries end with the run that left nothing to do: a resync or a look after it found what it had done. */
function countTries({ runs }: PersonHistory, { since, held }: { since: string; held: TriedRun | undefined }): number {
  const tries = runs.filter(({ startedAt }) => at(startedAt) >= at(since))
  const done = held
    ? tries.findIndex((run) => at(run.startedAt) >= at(held.startedAt) && run.outcome !== 'missing_right')
    : -1
  return done === -1 ? tries.length : done + 1
}

type Revocation = Pick<Leaver, 'revokedAt' | 'revocation' | 'revocationNote'>

function judgeRevocation(denials: readonly TriedRun[], debts: readonly OpenDebt[]): Revocation {
  const tried = denials.flatMap(({ changes, endedAt }) =>
    changes.flatMap((change) => (change.owed ? [{ ...change, endedAt }] : [])),
  )
  const done = dropRepeats(tried.filter(({ result }) => result === 'done'))
  const notes = [...new Set(done.flatMap(({ note }) => note ?? []))].join('; ')
  if (debts.length > 0) {
    const why = tried.findLast(({ result }) => result === 'failed')?.error ?? 'not tried yet'
    return { revokedAt: null, revocation: 'owed', revocationNote: why }
  }
  const last = done.at(-1)
  if (!last) return { revokedAt: null, revocation: 'none', revocationNote: null }
  return { revokedAt: iso(last.endedAt), revocation: notes ? 'in part' : 'revoked', revocationNote: notes || null }
}

/** A revocation that was repeated as a precaution must not make the first one look late: repeats are dropped. */
function dropRepeats<T extends Pick<ChangeRecord, 'target' | 'renews'>>(done: readonly T[]): T[] {
  return done.filter(({ target, renews }, i) => !renews || !done.slice(0, i).some((before) => before.target === target))
}

type End = Pick<Leaver, 'standing' | 'exception' | 'detail'>

/** What is not as it should be: of the last leaving how the person stands now, of an earlier one why it was not done. */
function judgeEnd(stretch: PersonHistory, { held, isLast }: { held: TriedRun | undefined; isLast: boolean }): End {
  const last = stretch.runs.at(-1)
  if (!isLast && held) return { standing: null, exception: null, detail: null }
  if (last && isReturn(last))
    return { standing: null, exception: 'allowed again', detail: 'before a lockout was read back' }
  if (!isLast) return { standing: null, exception: last?.outcome ?? 'not looked at', detail: last?.error ?? null }
  const { code, detail } = judgeStanding(stretch)
  if (claims.has(code)) return { standing: code, exception: null, detail: null }
  return {
    standing: code,
    exception: code.replaceAll('_', ' '),
    detail: [standingWords[code], ...(detail === null ? [] : [detail])].join('; '),
  }
}

export type LockoutTimes = { leavers: number; held: number; p50: number | null; p95: number | null; p99: number | null }

/** Percentiles of the time to lockout in seconds, by the nearest rank: each number is one that was measured. */
export function measureLockouts(leavers: readonly Pick<Leaver, 'secondsToLockout'>[]): LockoutTimes {
  const sorted = leavers.flatMap(({ secondsToLockout }) => secondsToLockout ?? []).sort((a, b) => a - b)
  const rank = (share: number) => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? null
  return { leavers: leavers.length, held: sorted.length, p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) }
}

function at(time: string): number {
  return Date.parse(time)
}

function iso(time: string | number): string {
  return new Date(time).toISOString()
}
