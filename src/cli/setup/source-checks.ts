import type { DoctorCheck } from '../../core/connector.ts'
import type { SourceRow } from '../../journal/index.ts'
import { lasting } from '../terminal/time-text.ts'

/** A hub notes every few seconds that it is alive. */
const aliveMs = 60_000
/** Three times the interval at which a running hub resyncs. */
const overdueMs = 45 * 60_000

/** Whether a hub listens, and up to when what the hooks did not tell was made good. Times are the database's own. */
export function sourceChecks(rows: readonly SourceRow[]): DoctorCheck[] {
  return rows.flatMap((row) => sourceCheck(row) ?? [])
}

function sourceCheck({ id, aliveAt, resyncedTo, now }: SourceRow): DoctorCheck | null {
  const name = `resync of ${id}`
  const ago = (time: string) => Date.parse(now) - Date.parse(time)
  // Without a running hub nobody resyncs, and that is said elsewhere.
  if (aliveAt === null || ago(aliveAt) > aliveMs || resyncedTo === null) return null
  const detail = `who changed up to ${lasting(Math.max(ago(resyncedTo), 0))} ago was looked at`
  if (ago(resyncedTo) < overdueMs) return { name, status: 'ok', detail }
  const fix = `See in the hub's log why it cannot list people, or run "npm run hub -- ${id} resync". HUB_RESYNC=off switches it off.`
  return { name, status: 'warning', detail: `${detail}, and nobody who changed since`, fix }
}
