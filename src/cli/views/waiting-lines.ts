import type { Wait, WaitingGroup } from '../../operate/outlook.ts'
import { formatCount, formatTime, toPlainText } from '../terminal/text.ts'

/** What keeps due work from being done, in a sentence, and the way out. */
export function formatWait(
  { why, since, fix }: Pick<Wait, 'why' | 'since'> & { fix: string | null },
  now: Date,
): string {
  const seen = why === 'no hub runs' ? 'the last sign of one was' : 'since'
  const when = since === null ? '' : `, ${seen} ${formatTime(since, now)}`
  return toPlainText(`${why}${when}.${fix === null ? '' : ` ${fix}`}`)
}

/** What waits for what: a line for each connector and cause. */
export function formatWaiting(groups: readonly WaitingGroup[], now: Date): string[] {
  if (groups.length === 0) return []
  const all = groups.reduce((sum, { count }) => sum + count, 0)
  return [
    `${formatCount(all, 'delivery waits', 'deliveries wait')}:`,
    ...groups.map(
      (group) => `  ${group.count} for ${group.connector}${formatNext(group, now)}: ${formatWait(group, now)}`,
    ),
  ]
}

function formatNext({ waitsFor, nextAttemptAt }: WaitingGroup, now: Date): string {
  const isLater = waitsFor === 'next_try' || waitsFor === 'planned_time'
  return isLater && nextAttemptAt !== null ? ` (the first of them at ${formatTime(nextAttemptAt, now)})` : ''
}
