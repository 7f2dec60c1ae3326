import type { Alert } from '../core/hub-event-types.ts'
import type { Schedule } from '../core/schedule.ts'
import type { RaiseAlert } from '../events/alert.ts'
import type { Journal, StuckRow } from '../journal/index.ts'

export type StuckWatch = {
  /** Alerts every lockout and revoke that has become stuck since the last look. */
  tell(): Promise<void>
}

/** So many are looked at in one go, the longest open first: an alert of one type is told 20 times an hour at most. */
const most = 200

/** Watches for lockouts and revokes that are open for too long, whatever they wait for. */
export function makeStuckWatch({
  journal,
  raiseAlert,
  schedule,
}: {
  journal: Pick<Journal, 'records'>
  raiseAlert: RaiseAlert
  schedule: Schedule
}): StuckWatch {
  const limits = { afterSeconds: schedule.stuckAfterSeconds, afterAttempts: schedule.waitsSeconds.length }
  /** What was told and is still stuck. The journal stops a second telling; this spares it being asked at each look. */
  let told = new Set<string>()

  return {
    async tell() {
      const rows = (await journal.records.listStuck({ ...limits, limit: most })).filter(isDenial)
      const alerts = new Map(groupByCause(rows).map((group) => toAlert(group)))
      for (const [key, alert] of alerts) if (!told.has(key)) await raiseAlert(alert)
      told = new Set(alerts.keys())
    },
  }
}

/** An alert about the delivery of another alert would raise the next one for ever. */
function isDenial({ direction, kind }: StuckRow): boolean {
  return direction === 'deny' || kind === 'provision'
}

/** What waits for one pause, or at the brake, is told as one: it has one cause, and one mend. */
function groupByCause(rows: readonly StuckRow[]): StuckRow[][] {
  const groups = new Map<string, StuckRow[]>()
  for (const row of rows) groups.set(aboutOf(row), [...(groups.get(aboutOf(row)) ?? []), row])
  return [...groups.values()]
}

function aboutOf({ cause, waitsFor, lane }: StuckRow): string {
  if (cause === 'brake') return 'brake'
  return cause === 'paused' && waitsFor !== null ? waitsFor : lane
}

function toAlert(group: StuckRow[]): [string, Alert] {
  const [oldest] = group
  if (!oldest) throw new Error('A group has a row.')
  const about = aboutOf(oldest)
  // The brake has an alert for each hour of a wave; a pause is told anew when it begins anew, a lockout when it is another.
  const occasion = {
    brake: undefined,
    paused: oldest.pausedSince ?? undefined,
    failing: oldest.openSince,
    waiting: oldest.openSince,
  }[oldest.cause]
  const { cause, delivery, event, lane, person, connector, attempts, error } = oldest
  const openSeconds = Math.round(oldest.openSeconds)
  const facts = { count: group.length, cause, openSeconds, delivery, event, lane, person, connector, attempts, error }
  return [`${about} ${occasion ?? ''}`, { type: 'hub.alert.stuck', about, occasion, facts }]
}
