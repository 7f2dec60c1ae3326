import type { CoverageRow, Journal } from '../journal/index.ts'

/** One reason why a report may not have all: a stable code, the source, since or up to when, and the same in words. */
export type Gap = {
  code:
    | 'no_source'
    | 'before_first_start'
    | 'never_looked_at_all'
    | 'full_look_not_applied'
    | 'never_resynced'
    | 'resync_overdue'
    | 'no_hub_runs'
    | 'silent_source'
    | 'refused_secrets'
    | 'cut'
  source: string | null
  at: string | null
  detail: string
}

/** For which time the journal is complete, as far as it knows. */
export type Coverage = {
  /** The latest first start among the sources; null: no hub has looked after any yet. */
  since: string | null
  /** Who changed up to then was looked at at every source; null: at some, nobody ever was. */
  upTo: string | null
  /** The oldest event that is still in the journal: older ones may have been removed, or none came. */
  oldestEventAt: string | null
  missing: Gap[]
}

/** A hub notes every few seconds that it is alive. */
const aliveMs = 60_000
/** Three times the interval at which a running hub resyncs. */
const overdueMs = 45 * 60_000

/** Reads for which time the journal is complete, and what it knows to be missing. */
export async function readCompleteness({ records }: Pick<Journal, 'records'>): Promise<Coverage> {
  const [rows, oldestEventAt, alerts] = [
    await records.readCoverage(),
    await records.readOldestEventTime(),
    await records.listOpenAlerts(),
  ]
  const alerted = alerts.flatMap(({ type, about, openedAt }) => describeAlert(type, { about, openedAt }))
  return {
    ...judgeCoverage(rows),
    oldestEventAt,
    missing: [...rows.flatMap(listGaps), ...nothingKnown(rows), ...alerted],
  }
}

function judgeCoverage(rows: readonly CoverageRow[]): Pick<Coverage, 'since' | 'upTo'> {
  const since =
    rows
      .map(({ knownSince }) => knownSince)
      .sort()
      .at(-1) ?? null
  const [upTo = null] = rows.map(({ resyncedTo }) => resyncedTo ?? '').sort()
  return { since, upTo: upTo === '' ? null : upTo }
}

function nothingKnown(rows: readonly CoverageRow[]): Gap[] {
  if (rows.length > 0) return []
  return [{ code: 'no_source', source: null, at: null, detail: 'no hub has looked after a source of people yet' }]
}

function listGaps(row: CoverageRow): Gap[] {
  const { source, knownSince, aliveAt, resyncedTo, fullLookAt, fullAppliedAt, now } = row
  const age = (time: string) => Date.parse(now) - Date.parse(time)
  const gap = (code: Gap['code'], at: string | null, detail: string): Gap => ({ code, source, at, detail })
  const gaps = [gap('before_first_start', knownSince, 'no hub heard this source before then')]
  if (fullLookAt === null) {
    gaps.push(gap('never_looked_at_all', null, 'who left before the first start was never looked for'))
  } else if (fullAppliedAt === null) {
    gaps.push(
      gap('full_look_not_applied', fullLookAt, 'who left before the first start was listed then, and not locked out'),
    )
  }
  if (resyncedTo === null) {
    gaps.push(gap('never_resynced', null, 'who changed without a hook that was heard was never looked for'))
  } else if (age(resyncedTo) > overdueMs) {
    gaps.push(
      gap('resync_overdue', resyncedTo, 'who changed since then without a hook that was heard was not looked for'),
    )
  }
  if (aliveAt === null || age(aliveAt) > aliveMs) {
    gaps.push(gap('no_hub_runs', aliveAt, 'no hub has listened since then'))
  }
  return gaps
}

/** Open alerts that say that hooks may be missing. */
function describeAlert(type: string, { about, openedAt }: { about: string; openedAt: string }): Gap[] {
  if (type === 'hub.alert.silent_source') {
    return [{ code: 'silent_source', source: about, at: openedAt, detail: 'the source is silent: told then' }]
  }
  if (type === 'hub.alert.refused_secrets') {
    return [
      {
        code: 'refused_secrets',
        source: about,
        at: openedAt,
        detail: 'hooks were refused for their secret: told then',
      },
    ]
  }
  return []
}
