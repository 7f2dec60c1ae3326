import { userInfo } from 'node:os'
import type { OrderNote } from '../../journal/index.ts'
import type { Caller } from '../../signin/caller.ts'
import type { CliOptions, Given } from '../terminal/command.ts'
import { parseSince } from '../terminal/text.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

/** The options of everything that an operator orders, and that stays on record. */
export const orderOptions: CliOptions = {
  reason: { type: 'string', value: '<text>', describe: 'why; it stays on record' },
  by: { type: 'string', value: '<name>', describe: 'who says so (default: the name you are logged in with)' },
}

type ReasonedNote = { reason: string; by: string }

/** Why, and who. */
export function readOrder(given: Given, example: string): ReasonedNote {
  const { reason, by } = readNote(given)
  if (reason !== null) return { reason, by }
  throw new WrongUsage({
    what: '--reason is missing.',
    why: 'An operator who looks at this in a year must see why it was done.',
    fix: `Write ${example} --reason "…".`,
  })
}

/** The same of an order that may go without a reason. */
export function readNote({ reason, by }: Given): OrderNote {
  const why = typeof reason === 'string' ? reason.trim() : ''
  return { reason: why === '' ? null : why, by: typeof by === 'string' ? by : userInfo().username }
}

/** Who has the hub's database and its secrets on this machine is its administrator. */
export function readAdministrator(given: Given): Caller {
  return { actor: readNote(given).by, role: 'admin', way: 'cli', person: null }
}

/** Returns the ISO time of an end: a span from now on, such as 2h or 30d, or a time ahead. */
export function readUntil(given: Given[string], now: Date): string {
  const then = typeof given === 'string' ? parseSince(given, now) : null
  const isSpan = typeof given === 'string' && /^[\d.]+\s*[a-z]+$/.test(given.trim())
  // A span is read as one into the past; ahead it is as long.
  const until = then && isSpan ? new Date(2 * now.getTime() - then.getTime()) : then
  if (until && until > now) return until.toISOString()
  throw new WrongUsage({
    what: given === undefined ? '--until is missing.' : `--until ${String(given)} is no time ahead.`,
    why: 'An order like this must have an end.',
    fix: 'Write a span such as 2h or 30d, or a time such as 2026-05-14T18:00.',
  })
}
