import type { PlannedChange, RowCode, RowPlan } from '../../core/batch.ts'
import type { BatchItem, BatchRow } from '../../journal/index.ts'
import { type Column, formatTable } from '../terminal/columns.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatCount, formatTime } from '../terminal/text.ts'

type Look = { terminal: Terminal; now: Date }

/** Lists batches, a line each. */
export function formatBatches(rows: readonly BatchRow[], { terminal, now }: Look): string[] {
  const columns: Column<BatchRow>[] = [
    { title: 'BATCH', cell: ({ id }) => id, shrinksTo: 14 },
    { title: 'NAME', cell: ({ name }) => name, shrinksTo: 12 },
    { title: 'ACT', cell: ({ act }) => act },
    { title: 'ROWS', cell: ({ count }) => String(count), align: 'right' },
    { title: 'STATE', cell: describeState },
    { title: 'MADE', cell: ({ madeAt }) => formatTime(madeAt, now), dispensable: true },
    { title: 'BY', cell: ({ madeBy }) => madeBy.by, dispensable: true },
  ]
  return formatTable(rows, columns, { width: terminal.width, bold: terminal.paint.bold })
}

function describeState({ state, expired, approvedAt, planned, count, done }: BatchRow): string {
  if (expired && (state === 'planned' || state === 'waiting')) return 'expired'
  if (state === 'planned' && planned < count) return `planning ${planned} of ${count}`
  if (state === 'waiting') return approvedAt === null ? 'waiting for a second person' : 'waiting to begin'
  const over = done.carriedOut + done.cameBack + done.leftAlone
  return state === 'applying' || state === 'paused' ? `${state} ${over} of ${count}` : state
}

/** One batch: where it stands, what it would do, what it did, and what comes next. */
export function formatBatch(batch: BatchRow, { terminal: { paint }, now }: Look): string[] {
  const { id, name, act, count, people, sums, done, madeBy, madeAt, appliedBy, reason, startAt } = batch
  const whom = formatCount(people, 'person or thing', 'people or things')
  return [
    `${paint.bold(id)}  ${name}`,
    `  ${act} of ${formatCount(count, 'row', 'rows')}, ${whom}; ${paint.cyan(describeState(batch))}`,
    `  made by ${madeBy.by}, ${formatTime(madeAt, now)}: ${JSON.stringify(batch.filter)}`,
    ...(appliedBy ? [`  applied by ${appliedBy.by}: ${reason}`] : []),
    ...(startAt ? [`  not before ${formatTime(startAt, now)}`] : []),
    `  would change ${sums.would_change} · nothing to do ${sums.nothing} · superseded ${sums.superseded} · cannot tell ${sums.cannot_tell}`,
    ...(batch.approvedAt
      ? [`  carried out ${done.carriedOut} · came back ${done.cameBack} · left alone ${done.leftAlone}`]
      : []),
    ...adviseNext(batch).map((line) => `  ${line}`),
  ]
}

function adviseNext({ id, act, state, planHash, expired, done }: BatchRow): string[] {
  if (expired) return []
  if (state === 'planned' && planHash !== null) {
    return [`plan ${planHash.slice(0, 12)}: apply it with npm run hub -- batch apply ${id} --reason "…"`]
  }
  if (state === 'paused') return [`it goes on with npm run hub -- batch resume ${id}`]
  if (state === 'done' && done.cameBack > 0) {
    return [`look at what came back with npm run hub -- batch plan ${act} --again ${id}`]
  }
  return []
}

/** Rows of a batch, with what would be changed. */
export function formatBatchRows(rows: readonly BatchItem[], { terminal }: Pick<Look, 'terminal'>): string[] {
  const columns: Column<BatchItem>[] = [
    { title: 'ROW', cell: ({ ordinal }) => String(ordinal), align: 'right' },
    { title: 'OF', cell: ({ subject }) => subject, shrinksTo: 14 },
    { title: 'PERSON', cell: ({ login }) => login ?? '', shrinksTo: 12 },
    { title: 'AT', cell: ({ connector }) => connector ?? '' },
    { title: 'PLAN', cell: describePlan },
    { title: 'RESULT', cell: ({ result }) => result?.replaceAll('_', ' ') ?? '' },
  ]
  const lines = formatTable(rows, columns, { width: terminal.width, bold: terminal.paint.bold })
  return [...lines, ...rows.flatMap(formatChanges)]
}

function formatChanges({ ordinal, changes }: BatchItem): string[] {
  return changes.length === 0 ? [] : ['', `${ordinal}:`, ...changes.flatMap(formatChange)]
}

function formatChange({ connector, summary, before, after }: PlannedChange): string[] {
  const difference = before || after ? [`    ${JSON.stringify(before)} → ${JSON.stringify(after)}`] : []
  return [`  ${connector}: ${summary}`, ...difference]
}

/** What would be done to one thing now. */
export function formatPlan(id: string, row: Pick<BatchItem, 'plan' | 'code' | 'changes'>): string[] {
  return [`${id}  ${describePlan(row)}`, ...row.changes.flatMap(formatChange)]
}

function describePlan({ plan, code }: Pick<BatchItem, 'plan' | 'code'>): string {
  if (plan === null) return 'not planned yet'
  return code === null ? planWords[plan] : `${planWords[plan]}: ${codeWords[code]}`
}

const planWords: Record<RowPlan, string> = {
  would_change: 'would change',
  nothing: 'nothing to do',
  superseded: 'superseded',
  cannot_tell: 'cannot tell',
}

const codeWords: Record<RowCode, string> = {
  handler: 'a handler of events does its work once more',
  revoke: 'a revoke is planned when it is carried out',
  question: 'it is asked again, and answered to no one',
  own_read: 'the hub reads the person for itself, and changes nothing at a vendor',
  grant: 'a late grant never happens',
  trial: 'it was a trial of the hook',
  overtaken: 'something later overtook it',
  unknown_delivery: 'there is no such delivery',
  not_held: 'nothing is held any more',
  grant_over: 'it is over, or its end is due',
  had_before: 'they had it before the hub gave it',
  given_elsewhere: 'another grant gives the same',
  protected_already: 'they are protected until then already',
  time_over: 'that time is over',
  not_in_conflict: 'nobody is in conflict there any more',
  enforced_already: 'observing has ended for them',
  not_staged: 'HUB_MODE is not staged: observing ends for all, or for none',
  several_owners: 'the set says of several people that the user is theirs',
  conflict: 'the user may be somebody else’s',
  unknown_status: 'nobody said what the status means',
  unknown_person: 'the authority does not know the person',
  not_configured: 'its connector or authority is not configured here',
  paused: 'its connector or authority is paused',
  credential: 'the credential was refused',
  not_read: 'the vendor could not be read',
}
