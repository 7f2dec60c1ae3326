import { connectors } from '../../../../connectors/index.ts'
import type { DoctorCheck } from '../../../core/connector.ts'
import { errorMessage, ownWords, UsageError } from '../../../core/errors.ts'
import type { ContestedRow, DeliveryRow, OpenAlert, SourceRow, VerificationPace } from '../../../journal/index.ts'
import { type Journal, makeJournal, migrationState, mostCounted } from '../../../journal/index.ts'
import type { ConnectedDatabase } from '../../../node/postgres/database.ts'
import { readOutlook } from '../../../operate/outlook.ts'
import { findStuck } from '../../../operate/stuck.ts'
import { suggestFullLook } from '../../../operate/suggest-full-look.ts'
import { withDatabase } from '../../setup/open-journal.ts'
import type { Call } from '../../terminal/command.ts'
import { formatCount, formatDuration, formatTime } from '../../terminal/text.ts'
import { formatPaused, statusWords } from '../../views/status-words.ts'
import { examineRecord } from './examine-record.ts'

/** Due work that waits this long is not being taken: a running hub takes it within a second. */
const neglectedSeconds = 30
/** What is owed this long was refused more than once. */
const owedTooLongMs = 15 * 60 * 1000

/** Checks the database, its schema, and the work in it that an operator must look at. */
export async function examineJournal(call: Pick<Call, 'environment' | 'options'>): Promise<DoctorCheck[]> {
  try {
    return await withDatabase(call, async (database) => {
      const schema = checkSchema(database, await migrationState(database.sql, database.migrations))
      return schema.status === 'ok'
        ? [
            schema,
            await examineRecord(database.sql),
            ...(await examineAll(makeJournal(database.sql), call.options.offline === true)),
          ]
        : [schema]
    })
  } catch (thrown) {
    const known = thrown instanceof UsageError
    const detail = known ? `${ownWords(thrown)} ${thrown.why}` : errorMessage(thrown)
    const fix = known ? thrown.fix : 'See that PostgreSQL runs and that DATABASE_URL is right.'
    return [{ name: 'database', status: 'problem', detail, fix }]
  }
}

type Schema = Awaited<ReturnType<typeof migrationState>>

function checkSchema({ description }: ConnectedDatabase, { applied, pending, newer }: Schema): DoctorCheck {
  const name = 'database'
  if (pending.length === 0) {
    const standing = newer.length === 0 ? 'the newest' : 'newer than this version, which works with it'
    return { name, status: 'ok', detail: `${description}, at ${applied.at(-1)}, ${standing}` }
  }
  const detail = `${description} is ${pending.length} behind: it lacks ${pending.join(', ')}`
  return { name, status: 'problem', detail, fix: 'Run "npm run hub -- migrate", or start the hub.' }
}

async function examineAll(journal: Journal, isOffline: boolean): Promise<DoctorCheck[]> {
  return [
    ...checkSources(await journal.records.readAllSources()),
    ...checkPace(await journal.records.readVerificationPace()),
    ...checkContested(await journal.records.listContested()),
    ...checkAlerts(withoutLooked(await journal.records.listOpenAlerts(), isOffline), new Date()),
    ...(await examineWork(journal, isOffline)),
  ]
}

async function examineWork(journal: Journal, isOffline: boolean): Promise<DoctorCheck[]> {
  const now = new Date()
  const [{ rows, paused, oldestDenialSeconds }, measured, owed] = [
    await findStuck(journal, { limit: 1000 }),
    await journal.records.measureQueue(),
    await journal.records.listOwed({ open: true }),
  ]
  const checks: DoctorCheck[] = paused.map((state) => ({
    name: `connector ${state.id}`,
    status: 'problem',
    detail: formatPaused(state, now),
    fix: adviseOnPaused(state.id, isOffline),
  }))
  if (rows.length > 0) checks.push(reportStuck(rows, oldestDenialSeconds))
  if (paused.length === 0 && measured.oldestDueSeconds > neglectedSeconds) {
    const { hub } = await readOutlook(journal)
    checks.push(reportNeglected(measured.oldestDueSeconds, hub.runs))
  }
  checks.push(...checkSetAside(measured.deliveries), ...checkOwed(owed, { now, isOffline }))
  const open =
    oldestDenialSeconds > 0
      ? `; a lockout or revoke is under way for ${formatDuration(oldestDenialSeconds * 1000)}`
      : ''
  if (checks.length > 0) {
    // What is stuck says it itself.
    if (rows.length > 0 || open === '') return checks
    return [{ name: 'work', status: 'ok', detail: `nothing is stuck${open}` }, ...checks]
  }
  return [{ name: 'work', status: 'ok', detail: `nothing is stuck, held or owed; every connector is on${open}` }]
}

function reportStuck(rows: readonly DeliveryRow[], oldestDenialSeconds: number): DoctorCheck {
  const open = rows.filter(({ status, direction }) => status !== 'uncertain' && direction === 'deny')
  const uncertain = rows.filter(({ status }) => status === 'uncertain')
  const risks = [
    ...(open.length > 0 ? ['people may still be able to log in, or have what was to be taken away'] : []),
    ...(uncertain.length > 0 ? ['access may have been given that is on no record'] : []),
    ...(oldestDenialSeconds > 0
      ? [`the oldest lockout or revoke is open for ${formatDuration(oldestDenialSeconds * 1000)}`]
      : []),
  ]
  const what = `${formatCount(rows.length, 'delivery does', 'deliveries do')} not get on`
  const detail = [what, ...(risks.length > 0 ? [risks.join('; ')] : [])].join(': ')
  return { name: 'stuck', status: 'problem', detail, fix: 'Run "npm run hub -- deliveries --stuck".' }
}

function reportNeglected(seconds: number, hubRuns: boolean): DoctorCheck {
  const due = `work is due for ${formatDuration(seconds * 1000)}`
  if (!hubRuns) {
    return { name: 'work', status: 'problem', detail: `${due}, and no hub runs`, fix: 'Start the hub with npm start.' }
  }
  return {
    name: 'work',
    status: 'problem',
    detail: `${due}, and the running hub has not taken it`,
    fix: 'A call that hangs holds its place until its time limit, and others wait: "npm run hub -- deliveries" shows what is running, its log which calls fail.',
  }
}

function checkSetAside(counts: readonly { status: string; count: number }[]): DoctorCheck[] {
  return (['held', 'contradicted', 'failed', 'uncertain'] as const).flatMap((status): DoctorCheck[] => {
    const count = counts.find((each) => each.status === status)?.count ?? 0
    if (count === 0) return []
    const detail = `${formatCounted(count, 'delivery', 'deliveries')}. Such a one ${statusWords[status].meaning}`
    const fix = `Run "npm run hub -- deliveries --status ${status}", and "npm run hub -- show <id>" for what to do.`
    return [{ name: status, status: 'warning', detail, fix }]
  })
}

/** The journal counts no further than `mostCounted`. */
function formatCounted(count: number, one: string, many: string): string {
  return count < mostCounted ? formatCount(count, one, many) : `${count} ${many} or more`
}

/** Only a connector with an examination is to be found under Vendors, and only if the vendors are asked. */
function adviseOnPaused(id: string, isOffline: boolean): string {
  const kind = connectors.find((one) => id === one.id || id.startsWith(`${one.id}_`) || id.startsWith(`${one.id}-`))
  const where = kind?.doctor
    ? isOffline
      ? ' (the doctor without --offline asks the vendor)'
      : ' (see Vendors below)'
    : `, as the reason says${kind ? ` and connectors/${kind.id}/README.md names it` : ''}`
  return `Mend its credential${where}. It goes on by itself within a minute, at once with "npm run hub -- resume ${id} --reason …", or after a restart with new settings.`
}

function checkOwed(
  owed: readonly { since: string }[],
  { now, isOffline }: { now: Date; isOffline: boolean },
): DoctorCheck[] {
  const [oldest] = owed
  if (!oldest) return []
  const late = now.getTime() - new Date(oldest.since).getTime() > owedTooLongMs
  const detail = `${formatCount(owed.length, 'change is', 'changes are')} not confirmed by the vendor (sessions ended, say); the oldest since ${formatTime(oldest.since, now)}`
  const where = isOffline ? 'the doctor without --offline asks the vendors' : 'see Vendors below'
  const fix = `It is tried on. If a right is missing (${where}), grant it. "npm run hub -- person <who>" lists it.`
  return [{ name: 'owed', status: late ? 'problem' : 'warning', detail, fix }]
}

/** A look may be this late: a hub that was away catches up in batches. */
const lateSeconds = 30 * 60

/** Whether people who are locked out are looked at again at the pace that docs/guarantees.md names. */
export function checkPace(rows: readonly VerificationPace[]): DoctorCheck[] {
  return rows.map(({ connector, people, oldestSeenSeconds, lateSeconds: late }) => {
    const name = `verification at ${connector}`
    const oldest =
      oldestSeenSeconds === null
        ? 'none of them was seen yet'
        : `the oldest look was ${formatDuration(oldestSeenSeconds * 1000)} ago`
    const detail = `${formatCounted(people, 'person', 'people')} whom the authority denies ${people === 1 ? 'is' : 'are'} looked at again; ${oldest}`
    if (late < lateSeconds) return { name, status: 'ok', detail }
    const fix =
      'See that the hub runs with HUB_VERIFY=on, that the connector is not paused, and whether its rate limit bears it.'
    return { name, status: 'warning', detail: `${detail}, and the pace is ${formatDuration(late * 1000)} behind`, fix }
  })
}

function checkContested(rows: readonly ContestedRow[]): DoctorCheck[] {
  return rows.map(({ connector, source, authorityId, reversals }) => ({
    name: 'contested',
    status: 'warning',
    detail: `others opened ${source} ${authorityId} at ${connector} ${reversals} times within a week: the flag stands, a lifted block is left`,
    fix: `Find out who does it; "npm run hub -- except ${authorityId} --until 7d --reason …" says that it may be so.`,
  }))
}

/** The set-up at the vendors is looked at by this very command: what the hub saw at its last look is older. */
function withoutLooked(rows: readonly OpenAlert[], isOffline: boolean): readonly OpenAlert[] {
  return isOffline ? rows : rows.filter(({ type }) => type !== 'hub.alert.setup_changed')
}

/** So many open alerts have a line each; the rest are counted. */
const mostAlerts = 10

/** Which alerts are open: what was told and is still not mended, the oldest first. */
export function checkAlerts(rows: readonly OpenAlert[], now: Date): DoctorCheck[] {
  const shown = rows.slice(0, mostAlerts).map(({ event, type, about, told, openedAt }): DoctorCheck => {
    const age = formatDuration(now.getTime() - Date.parse(openedAt))
    const detail = `${type} about ${about} is not resolved, open for ${age}${told ? '' : ', and was only recorded'}`
    const fix = `Run "npm run hub -- show ${event}": it says what to do. It is resolved by itself when its cause is over.`
    return { name: 'open alert', status: 'warning', detail, fix }
  })
  if (rows.length <= mostAlerts) return shown
  const detail = `${rows.length - mostAlerts} more alerts are not resolved; those above are the oldest`
  const fix = 'One cause is likely behind many of them: see "npm run hub -- deliveries --stuck".'
  return [...shown, { name: 'open alerts', status: 'warning', detail, fix }]
}

/** A hub notes every few seconds that it is alive. */
const aliveMs = 60_000
/** Three times the interval at which a running hub resyncs. */
const overdueMs = 45 * 60_000

/** Whether a hub listens, and up to when what the hooks did not tell was made good. Times are the database's own. */
export function checkSources(rows: readonly SourceRow[]): DoctorCheck[] {
  return rows.flatMap((row) => [checkSource(row), checkFullLook(row)]).filter((check) => check !== null)
}

/** Who left before the first start is open until everybody was looked at once. */
function checkFullLook(row: SourceRow): DoctorCheck | null {
  const look = row.resyncedTo === null ? null : suggestFullLook(row)
  return look && { name: `full look at ${row.id}`, status: 'warning', ...look }
}

function checkSource({ id, aliveAt, resyncedTo, now }: SourceRow): DoctorCheck | null {
  const name = `resync of ${id}`
  const ago = (time: string) => Date.parse(now) - Date.parse(time)
  // Without a running hub there is no resync, and another check says that no hub runs.
  if (aliveAt === null || ago(aliveAt) > aliveMs || resyncedTo === null) return null
  const detail = `who changed up to ${formatDuration(Math.max(ago(resyncedTo), 0))} ago was looked at`
  if (ago(resyncedTo) < overdueMs) return { name, status: 'ok', detail }
  const fix = `See in the hub's log why it cannot list people, or run "npm run hub -- ${id} resync". HUB_RESYNC=off switches it off.`
  return { name, status: 'warning', detail: `${detail}, and nobody who changed since`, fix }
}
