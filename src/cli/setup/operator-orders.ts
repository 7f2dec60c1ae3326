import { userInfo } from 'node:os'
import type { Operator } from '../../core/operator.ts'
import type { OrderNote, ReasonedNote } from '../../journal/index.ts'
import type { Caller } from '../../signin/caller.ts'
import type { CliOptions, Given } from '../terminal/command.ts'
import { parseSince } from '../terminal/text.ts'
import { WrongUsage } from '../terminal/wrong-usage.ts'

/** The options of everything that an operator orders, and that stays on record. */
export const orderOptions: CliOptions = {
  reason: { type: 'string', value: '<text>', describe: 'why; it stays on record' },
  by: { type: 'string', value: '<name>', describe: 'who says so (default: the name you are logged in with)' },
}

/** Why, and who. */
export function readOrder(given: Given, example: string): ReasonedNote {
  const { reason, ...operator } = readNote(given)
  if (reason !== null) return { ...operator, reason }
  throw new WrongUsage({
    what: '--reason is missing.',
    why: 'An operator who looks at this in a year must see why it was done.',
    fix: `Write ${example} --reason "…".`,
  })
}

/** The same of an order that may go without a reason. */
export function readNote({ reason, ...given }: Given): OrderNote {
  const why = typeof reason === 'string' ? reason.trim() : ''
  return { ...readOperator(given), reason: why === '' ? null : why }
}

/**
 * Who types, as the system knows them. Who has the database is its administrator. A name that is given with --by stands
 * beside that, and proves nothing.
 */
export function readOperator({ by }: Given): Operator {
  const account = userInfo().username
  const known = { role: 'administrator', way: 'cli' } as const
  return typeof by === 'string' && by !== account ? { ...known, by, account } : { ...known, by: account }
}

/** Who has the hub's database and its secrets on this machine is its administrator. */
export function readAdministrator(given: Given): Caller {
  const { by, account = by } = readOperator(given)
  return { actor: by, account, role: 'admin', way: 'cli', person: null }
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
