import { describeActor } from '../../core/actor.ts'
import type { AttemptOutcome } from '../../core/outcome.ts'
import type { GrantRow } from '../../journal/index.ts'
import type { FoundPerson, TimelineEntry } from '../../operate/one-person.ts'
import { claims, standingWords, type TargetStanding } from '../../operate/standing.ts'
import { formatTable } from '../terminal/columns.ts'
import type { Colour, Terminal } from '../terminal/terminal.ts'
import { formatLocalTime, formatTime, toPlainText } from '../terminal/text.ts'
import { formatPermission, formatUntil } from './delivery-lines.ts'
import { describeOrder, formatSpeaker } from './order-lines.ts'

type View = { terminal: Terminal; now: Date }

/** Everything that the journal knows of each person, one after the other. */
export function formatPeople(people: readonly FoundPerson[], view: View): string[] {
  const several = `${people.length} people were seen under this. They are not the same person.`
  return [
    ...(people.length > 1 ? [several, ''] : []),
    ...people.flatMap((one, i) => [...(i > 0 ? [''] : []), ...formatPerson(one, view)]),
  ]
}

function formatPerson(one: FoundPerson, view: View): string[] {
  return [
    ...formatState(one, view),
    ...formatStandings(one, view),
    ...formatVerifications(one, view),
    ...formatConflicts(one, view),
    ...formatUntouched(one, view),
    ...formatOwed(one, view),
    ...formatGrants(one.grants, view),
    ...formatTimeline(one, view),
  ]
}

function formatState(
  { id, source, authorityId, state, stateReadAt, deniedAt, sightings, protection }: FoundPerson,
  { terminal, now }: View,
) {
  const { paint } = terminal
  const login = sightings.findLast(({ kind }) => kind === 'login')?.value ?? authorityId
  const colours: Record<string, Colour> = { deny: 'red', allow: 'green' }
  const access = {
    deny: 'may not come in',
    allow: 'may come in',
    unchanged: 'decides nothing',
    unknown: 'meaning not known',
  }
  const said = state
    ? `${toPlainText(state.status)}, ${paint[colours[state.access] ?? 'yellow'](access[state.access])}, ` +
      `read ${formatTime(stateReadAt ?? state.readAt, now)}`
    : `not known: ${source} has not been asked yet, or has not answered`
  const seen = sightings.map(
    ({ kind, connector, value, seenAt }) =>
      `  ${`${connector} ${kind}`.trim().padEnd(14)}  ${toPlainText(value)}  ${paint.dim(formatTime(seenAt, now))}`,
  )
  return [
    paint.bold(toPlainText(login)),
    `  id              ${id}`,
    `  at ${source.padEnd(12)} ${toPlainText(authorityId)}`,
    `  ${`${source} says`.padEnd(14)}  ${said}`,
    ...(deniedAt ? [`  denied since    ${formatTime(deniedAt, now)}`] : []),
    ...(protection ? [paint.yellow(toPlainText(describeProtection(protection, now)))] : []),
    '',
    paint.bold('Seen as'),
    ...(seen.length > 0 ? seen : ['  nothing yet']),
    '',
  ]
}

function describeProtection({ until, by, reason }: NonNullable<FoundPerson['protection']>, now: Date): string {
  return `  protected       a lockout waits for an operator, until ${formatTime(until, now)} (${by}: ${reason})`
}

/** What was read back at each target, apart from what the authority says. */
function formatStandings({ standings }: FoundPerson, { terminal, now }: View): string[] {
  if (standings.length === 0) return []
  const { paint } = terminal
  const line = ({ code, readAt, detail }: Omit<TargetStanding, 'target'>) => {
    const read = readAt === null ? '' : ` (last read back ${formatTime(readAt, now)})`
    const remark = detail === null ? '' : `: ${toPlainText(detail)}`
    return `${paint[claims.has(code) ? 'green' : 'yellow'](standingWords[code])}${read}${remark}`
  }
  const lines = standings.flatMap(({ connector, targets, ...standing }) => [
    `  ${connector.padEnd(14)}  ${line(standing)}`,
    ...targets.map((one) => `    ${toPlainText(one.target)}  ${line(one)}`),
  ])
  return [paint.bold('At each target, as last read back'), ...lines, '']
}

function formatVerifications({ verifications }: FoundPerson, { terminal, now }: View): string[] {
  if (verifications.length === 0) return []
  const lines = verifications.map(({ connector, seenAt, dueAt, contested }) => {
    const seen = seenAt === null ? 'not seen as it should be yet' : `seen as it should be ${formatTime(seenAt, now)}`
    const next = dueAt === null ? '' : `, looked at again ${formatTime(dueAt, now)}`
    const remark = contested ? ' Others lift the block: the flag stands, the block is left.' : ''
    return `  ${connector.padEnd(14)}  ${seen}${next}.${remark}`
  })
  const holds = '  An unblock by hand does not hold: "person adopt" or "protect" does.'
  return [terminal.paint.bold('Looked at again'), ...lines, terminal.paint.dim(holds), '']
}

function formatConflicts({ id, conflicts }: FoundPerson, { terminal, now }: View): string[] {
  if (conflicts.length === 0) return []
  const lines = conflicts.map(
    ({ connector, target, reason, at }) =>
      `  ${connector} ${toPlainText(target)} ${toPlainText(reason)}, met ${formatTime(at, now)}`,
  )
  const adoptIt = `  If one is this person: npm run hub -- person adopt ${id} '<user id>' --reason "…"`
  return [terminal.paint.bold(terminal.paint.yellow('In conflict: not touched')), ...lines, adoptIt, '']
}

function formatUntouched({ id, untouched }: FoundPerson, { terminal, now }: View): string[] {
  if (untouched.length === 0) return []
  const { paint } = terminal
  const lines = untouched.map(
    ({ connector, target, reason, at }) =>
      `  ${connector} ${toPlainText(target)}: ${toPlainText(reason)} (met ${formatTime(at, now)})`,
  )
  const adoptIt = `  If one is this person: npm run hub -- person adopt ${id} '<user id>' --unseen --reason "…"`
  return [paint.bold(paint.yellow('An account that is not touched')), ...lines, adoptIt, '']
}

function formatOwed({ owed }: FoundPerson, { terminal, now }: View): string[] {
  if (owed.length === 0) return []
  const lines = owed.map(
    ({ connector, action, target, since }) =>
      `  ${connector} ${action} ${toPlainText(target)}, since ${formatTime(since, now)}`,
  )
  return [terminal.paint.bold(terminal.paint.yellow('Owed: not confirmed by the vendor yet, tried on')), ...lines, '']
}

/** What a person was granted: what stands first, then what has ended, the newest first. */
function formatGrants(grants: readonly GrantRow[], { terminal, now }: View): string[] {
  if (grants.length === 0) return []
  const ended = grants.filter(({ endedAt }) => endedAt !== null)
  const standing = grants.filter(({ endedAt }) => endedAt === null)
  return [
    terminal.paint.bold('Granted on request'),
    ...[...standing, ...ended].flatMap((grant) => formatGrant(grant, { terminal, now })),
    '',
  ]
}

function formatGrant(grant: GrantRow, { terminal, now }: View): string[] {
  const { paint } = terminal
  const { application, taskUrl, comment } = grant.asked
  const what = `${formatPermission(grant.permission)} of ${application.label} at ${grant.connector}`
  const facts = [
    `given ${formatTime(grant.grantedAt, now)} through ${grant.source}, ${grant.deliveryId}`,
    ...(taskUrl ? [`request ${taskUrl}`] : []),
    ...(comment ? [`“${comment}”`] : []),
    grant.until === null ? 'no end' : `until ${formatUntil(grant, now)}${keeperOf(grant)}`,
    ...(grant.hadBefore ? ['they had it before: its end takes nothing away'] : []),
    ...(grant.endedAt === null
      ? []
      : [`ended ${formatTime(grant.endedAt, now)} by ${grant.endedBy}: ${grant.endReason ?? 'no reason noted'}`]),
  ]
  const [mark, tint] = grant.endedAt === null ? ['✓', paint.green] : ['–', paint.dim]
  return [tint(`  ${mark} ${toPlainText(what)}`), ...facts.map((fact) => paint.dim(`      ${toPlainText(fact)}`))]
}

/** Who takes it away then. A late grant is always the hub's to end, whatever was configured: see `recorded` there. */
function keeperOf({ asked, source }: GrantRow): string {
  return asked.endsAccess ? ', taken away by the hub' : `, taken away when ${source} says so`
}

function formatTimeline({ timeline }: FoundPerson, { terminal, now }: View): string[] {
  const { paint, width } = terminal
  const lines = formatTable<TimelineEntry>(
    timeline,
    [
      { title: 'WHEN', cell: ({ at }) => formatLocalTime(at, now) },
      { title: 'WHAT', cell: ({ what }) => what, paint: (text, row) => paint[colourOf(row)](text) },
      { title: '', cell: (row) => describeEntry(row).title, shrinksTo: 20 },
      { title: '', cell: (row) => describeEntry(row).detail ?? '', shrinksTo: 20, paint: paint.dim },
    ],
    { width, bold: paint.bold },
  )
  return [paint.bold('What happened'), ...(timeline.length > 0 ? lines : ['  nothing yet'])]
}

/** Says in words what an entry of the timeline is. */
export function describeEntry(row: TimelineEntry): { title: string; detail: string | null } {
  switch (row.what) {
    case 'event': {
      const by = row.actor === null ? '' : ` by ${describeActor(row.actor)}`
      return { title: row.type, detail: `happened at ${row.happenedAt}${by}` }
    }
    case 'attempt': {
      const said = row.status === null ? null : `authority says ${row.status}`
      return { title: `${row.connector} ${row.outcome}`, detail: row.error ?? said }
    }
    case 'change': {
      const remark = row.error ?? row.note
      const detail = remark === null ? row.summary : `${row.summary}: ${remark}`
      return { title: `${row.connector} ${row.action} ${row.result}`, detail }
    }
    case 'order':
      return { title: describeOrder(row), detail: formatSpeaker(row) }
    case 'owed':
      return { title: `${row.connector} ${row.action}`, detail: row.target }
  }
}

function colourOf(row: TimelineEntry): Colour {
  switch (row.what) {
    case 'event':
    case 'order':
      return 'cyan'
    case 'owed':
      return 'yellow'
    case 'change':
      return row.result === 'failed' ? 'red' : 'green'
    case 'attempt':
      return colourOfOutcome[row.outcome]
  }
}

const colourOfOutcome: Record<AttemptOutcome, Colour> = {
  succeeded: 'green',
  observed: 'green',
  observing: 'green',
  superseded: 'green',
  uncertain: 'green',
  paused: 'green',
  retry: 'yellow',
  held: 'yellow',
  too_early: 'yellow',
  contradicted: 'yellow',
  no_match: 'yellow',
  missing_right: 'yellow',
  credential: 'red',
  permanent: 'red',
}
