import type { ChangeRecord } from '../core/outcome.ts'
import type { HeardNews, PersonHistory, TriedRun } from '../core/person-history.ts'
import { lookOf } from '../core/verification.ts'

/**
 * How a person stands at one connector, by what was read back there. Only `shut` says that the person is out, and
 * only after every user known there was read as the denial wants it: what Okta says is another fact.
 */
export const standingWords = {
  shut: 'shut: every user known there was read back as it should be',
  owed: 'shut, but sessions and tokens are not confirmed as ended',
  flag_only: 'flagged; others lift the block, and it is left as they have it',
  excepted: 'flagged; an operator lets the lifted block be',
  cancelled: 'not shut: an operator cancelled it',
  held: 'not shut: held at the brake until an operator speaks',
  protected: 'not shut: a protected person, until an operator releases it',
  released: 'not read back yet: an operator released it at the brake',
  conflict: 'not shut in full: a user that may be somebody else’s was not touched',
  others: 'nothing done: the user was adopted for another person',
  refused: 'not shut: the vendor refuses a write',
  failing: 'not read back: the last try failed, and it is tried again',
  paused: 'not read back: its work waits for what is paused',
  observing: 'nothing written: the hub only observes',
  no_match: 'nothing done: no user of the person was found',
  nothing_there: 'nothing is known there that could be shut',
  too_early: 'nothing done: announced, and the authority does not say so yet',
  contradicted: 'nothing done: announced, and the authority never said so',
  undecided: 'nothing done: what the authority says decides nothing',
  not_tried: 'not read back: what was heard waits for its first try',
  written: 'written, and not read back',
  let_in: 'not shut: the authority allows the person, and nothing of the hub’s shuts them out',
} as const

export type StandingCode = keyof typeof standingWords

/** The codes that say that somebody is out. All others leave it open, or say that they are not. */
export const claims: ReadonlySet<StandingCode> = new Set(['shut', 'owed'])

export type TargetStanding = { target: string; code: StandingCode; readAt: string | null; detail: string | null }

export type Standing = {
  connector: string
  code: StandingCode
  /** When it was read back last; null: never. */
  readAt: string | null
  detail: string | null
  targets: TargetStanding[]
}

/** Judges how a person stands at a connector, and each of their users there. */
export function judgeStanding(history: PersonHistory): Standing {
  const { connector } = history
  const targets = judgeTargets(history)
  const run = findLastLook(history.runs)
  const readAt = findReadAt(history, run)
  return { connector, ...judge(history, { run, targets }), readAt, targets }
}

type Judged = Pick<Standing, 'code' | 'detail'>
type Found = { run: TriedRun | undefined; targets: readonly TargetStanding[] }

function judge(history: PersonHistory, { run, targets }: Found): Judged {
  const { standing } = history
  const open = history.news.findLast(isOpen)
  const stopped = judgeHold(history)
  if (stopped) return stopped
  const ended = open || standing.access === 'allow' ? undefined : findCancelled(history, run)
  if (ended) return say('cancelled', ended.error)
  if (open) return judgeOpen(open, { history, run, targets })
  if (standing.observing || run?.outcome === 'observed') return { code: 'observing', detail: null }
  if (!run) return say('not_tried', history.news.at(-1)?.error ?? null)
  if (standing.access === 'allow')
    return run.outcome === 'contradicted' ? say('contradicted', run.error) : judgeAllowed(run)
  if (standing.conflicts.length === 0 && standing.access !== 'deny') return say('undecided', run.error)
  return judgeRead(history, { run, targets })
}

/** What a run of a denied person has read back. */
function judgeRead({ standing, debts, runs }: PersonHistory, { run, targets }: Found & { run: TriedRun }): Judged {
  const [conflict] = standing.conflicts
  if (conflict) return say('conflict', `${conflict.target}: ${conflict.reason}`)
  if (run.outcome === 'no_match') return say('no_match', null)
  if (targets.length === 0) return say(runs.some(isNoMatch) ? 'no_match' : 'nothing_there', null)
  if (targets.every(({ code }) => code === 'others')) return say('others', null)
  if (run.outcome === 'permanent') return say('refused', run.error)
  if (!isReadBack(run)) return say(run.outcome === 'contradicted' ? 'contradicted' : 'failing', run.error)
  const worst = targets.find(({ code }) => !claims.has(code) && code !== 'others')
  if (worst) return { code: worst.code, detail: worst.detail }
  return debts.length > 0 || run.outcome === 'missing_right' ? say('owed', run.error) : say('shut', null)
}

/** A look that has not failed takes nothing back of what was seen before it. */
function isOpen({ status, collapsed, type, error }: HeardNews): boolean {
  return status === 'pending' && !collapsed && (error !== null || lookOf(type) === null)
}

function judgeHold({ standing: { hold, access } }: PersonHistory): Judged | null {
  if (!hold || access === 'allow') return null
  if (hold.order === 'cancel') return say('cancelled', `by ${hold.by}: ${hold.reason}`)
  if (hold.order === 'release') return say('released', `by ${hold.by}: ${hold.reason}`)
  return say(hold.why === 'protected' ? 'protected' : 'held', null)
}

/** What was set aside, and ended by an operator, if no run has looked since. */
function findCancelled({ news }: PersonHistory, run: TriedRun | undefined): HeardNews | undefined {
  const ended = news.findLast(({ status, code }) => status === 'superseded' && code === 'cancelled')
  return !run || run.delivery === ended?.delivery ? ended : undefined
}

/** Work that waits says more than what was done before it. */
function judgeOpen(open: HeardNews, { history, run, targets }: Found & { history: PersonHistory }): Judged {
  const { pausedBy } = history.standing
  if (pausedBy !== null) return say('paused', `${pausedBy} is paused`)
  if (open.code === 'observing') return say('observing', null)
  if (!run || Date.parse(run.startedAt) < Date.parse(open.receivedAt)) return say('not_tried', open.error)
  if (run.outcome === 'too_early') return say('too_early', run.error)
  if (run.outcome === 'missing_right' || run.outcome === 'permanent') {
    const isRead = isReadBack(run) && history.standing.access === 'deny'
    return isRead ? judgeRead(history, { run, targets }) : say('refused', run.error)
  }
  return say('failing', open.error ?? run.error)
}

function judgeAllowed(run: TriedRun): Judged {
  if (run.state?.access !== 'allow') return say('not_tried', run.error)
  return run.outcome === 'succeeded' ? say('let_in', null) : say('failing', run.error)
}

function judgeTargets({ standing, runs }: PersonHistory): TargetStanding[] {
  const { links, others, conflicts } = standing
  const changed = runs.flatMap(({ changes }) => changes.filter(isVital).map(({ target }) => target))
  const ids = [...new Set([...links.map(({ target }) => target), ...changed, ...conflicts.map(({ target }) => target)])]
  return ids.sort().map((target) => {
    const other = others.find((one) => one.target === target)
    const conflict = conflicts.find((one) => one.target === target)
    if (other) return { target, code: 'others', readAt: null, detail: `adopted for ${other.person}` }
    if (conflict) return { target, code: 'conflict', readAt: null, detail: conflict.reason }
    return { target, ...judgeTarget(target, { standing, runs }) }
  })
}

function judgeTarget(
  target: string,
  { standing, runs }: Pick<PersonHistory, 'standing' | 'runs'>,
): Omit<TargetStanding, 'target'> {
  const link = standing.links.find((one) => one.target === target)
  const touches = ({ changes }: TriedRun) => changes.some((change) => isVital(change) && change.target === target)
  const sees = (run: TriedRun) => link !== undefined && Date.parse(link.seenAt) >= Date.parse(run.startedAt)
  const run = runs.findLast((one) => isLook(one) && (touches(one) || (isReadBackOf(one) && sees(one))))
  if (!run) return { code: 'not_tried', readAt: null, detail: null }
  const change = run.changes.findLast((one) => isVital(one) && one.target === target)
  if (change?.result === 'observed') return { code: 'observing', readAt: run.endedAt, detail: change.summary }
  if (change?.result === 'failed') return { code: 'refused', readAt: null, detail: change.error ?? null }
  if (!isReadBackOf(run)) return { code: 'written', readAt: null, detail: run.error }
  if (run.state?.access !== 'deny') return { code: 'let_in', readAt: run.endedAt, detail: null }
  if (standing.exceptedUntil !== null) {
    return { code: 'excepted', readAt: run.endedAt, detail: `until ${standing.exceptedUntil}` }
  }
  return { code: standing.contested ? 'flag_only' : 'shut', readAt: run.endedAt, detail: null }
}

/** When it was last read that all is as the authority says: looks that found nothing are not kept for ever. */
function findReadAt({ standing, runs }: PersonHistory, run: TriedRun | undefined): string | null {
  const read = runs.findLast((one) => isLook(one) && isReadBackOf(one) && one.state?.access === run?.state?.access)
  const times = [read?.endedAt, standing.access === 'deny' ? standing.seenAt : null].filter((time) => time != null)
  return times.sort((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? null
}

/** A look at grants alone says nothing of the person's users. */
function isLook({ type }: TriedRun): boolean {
  return lookOf(type) !== 'grants'
}

function findLastLook(runs: readonly TriedRun[]): TriedRun | undefined {
  return runs.findLast(isLook)
}

/** A change of a user that is read back; what is owed is not, and a grant is no user. */
export function isVital({ owed, action }: ChangeRecord): boolean {
  return !owed && action !== 'end_grant'
}

/** The lockout was read back: success is an empty second plan. What is still owed is judged apart. */
export function isReadBack(run: TriedRun): boolean {
  return run.state?.access === 'deny' && run.state.provisional !== true && isLook(run) && isReadBackOf(run)
}

/** True if every user that the run wrote to or found was read as it should be; those in conflict aside. */
function isReadBackOf({ outcome, changes, conflicts }: TriedRun): boolean {
  if (changes.some((change) => isVital(change) && change.result !== 'done')) return false
  if (outcome === 'succeeded' || outcome === 'contradicted') return true
  if (outcome === 'held') return conflicts.length > 0
  return outcome === 'missing_right' && changes.some(({ owed, result }) => owed && result === 'failed')
}

function isNoMatch({ outcome }: TriedRun): boolean {
  return outcome === 'no_match'
}

function say(code: StandingCode, detail: string | null): Judged {
  return { code, detail }
}
