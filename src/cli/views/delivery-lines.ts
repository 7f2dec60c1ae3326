import type { Permission } from '../../core/access.ts'
import { type Actor, describeActor } from '../../core/actor.ts'
import { isRecord, type Json } from '../../core/json.ts'
import type { ChangeRecord } from '../../core/outcome.ts'
import type { AttemptRow, ConnectorState, DeliveryDetails } from '../../journal/index.ts'
import type { ShownDelivery, ShownEvent } from '../../operate/shown.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { formatDuration, formatLocalTime, formatTime, toPlainText } from '../terminal/text.ts'
import { adviseOn } from './advice.ts'
import { whoOf } from './delivery-table.ts'
import { formatOrderLines } from './order-lines.ts'
import { explainStatus, statusWords } from './status-words.ts'

type View = { terminal: Terminal; now: Date }

/** One delivery in full, for a person. */
export function formatDelivery(delivery: ShownDelivery, view: View & { paused: readonly ConnectorState[] }): string[] {
  const { terminal, now, paused } = view
  const { paint } = terminal
  const { status, event, connector, kind, direction, person, orders, actor } = delivery
  const advice = adviseOn({ delivery, paused, now })
  const next = delivery.nextAttemptAt
  // The id is the authority's, not the source's: request platforms name e-mails, and events of the hub name ids of others.
  const authority = delivery.authority ?? delivery.source
  const stranger = delivery.email === null ? 'nobody' : `${delivery.email}  (nobody known)`
  return [
    `${paint.bold(delivery.id)}  ${paint[statusWords[status].colour](status)}  ${explainStatus(delivery)}`,
    ...formatFacts([
      ['who', person ? `${whoOf(delivery)}  (${authority} ${delivery.authorityId}, ${person})` : stranger],
      ['event', `${event.type}  ${event.id}`],
      ...formatActor(actor),
      ['happened', formatTime(event.time, now)],
      ['received', formatTime(event.receivedAt, now)],
      ...(event.traceId ? [['request_id', event.traceId] satisfies [string, string]] : []),
      ['goes to', `${connector} (${kind}, ${direction})`],
      ['tries', `${delivery.attempts}${next ? `, the next ${formatTime(next, now)}` : ''}`],
    ]),
    ...formatRequest(delivery, view),
    ...(delivery.tries.length > 0 ? ['', paint.bold('Attempts')] : []),
    ...delivery.tries.flatMap((attempt, i) => formatAttempt({ ...attempt, number: i + 1 }, { terminal, now })),
    ...(orders.length > 0 ? ['', paint.bold('What operators ordered')] : []),
    ...formatOrderLines(orders, now),
    '',
    paint.bold('Why it stands here'),
    `  ${toPlainText(advice.why)}`,
    ...(advice.next.length > 0 ? ['', paint.bold('What to do')] : []),
    ...advice.next.map((step, i) => `  ${i + 1}. ${toPlainText(step)}`),
  ]
}

/** One event, for a person. */
export function formatEvent(event: ShownEvent, { terminal, now }: View): string[] {
  return [
    `${terminal.paint.bold(event.id)}  ${toPlainText(event.type)}`,
    ...formatFacts([
      ['source', event.source],
      ['its id there', event.externalId],
      ['came with', event.requestId ?? '-'],
      ...formatActor(event.actor),
      ['happened', formatTime(event.time, now)],
      ['received', formatTime(event.receivedAt, now)],
    ]),
  ]
}

function formatActor(actor: Actor | null): [string, string][] {
  return actor === null ? [] : [['done by', describeActor(actor)]]
}

function formatFacts(rows: [string, string][]): string[] {
  return rows.map(([name, value]) => `  ${name.padEnd(12)}  ${toPlainText(value)}`)
}

function formatAttempt(attempt: AttemptRow, { terminal, now }: View): string[] {
  const { paint } = terminal
  const { number, startedAt, durationMs, outcome, error, state, trigger, answer, calls, stack } = attempt
  const byHand = trigger === 'manual' ? ', replayed by hand' : ''
  const head = `  ${number}. ${formatLocalTime(startedAt, now)}, ${formatDuration(durationMs)}${byHand}: ${outcome}`
  const tint = outcome === 'succeeded' ? paint.green : paint.yellow
  return [
    tint(head),
    ...(error ? [`     ${toPlainText(error)}`] : []),
    ...(calls ?? []).map((call) => paint.dim(`     vendor: ${toPlainText(call)}`)),
    ...(stack ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => paint.dim(`     ${toPlainText(line)}`)),
    ...(answer === null ? [] : [`     answer: ${formatAnswer(answer)}`]),
    ...(state ? [paint.dim(`     the authority said ${toPlainText(state.status)} (${state.access})`)] : []),
    ...attempt.changes.map((change) => formatChange(change, terminal)),
    ...attempt.conflicts.map(({ target, reason }) => paint.yellow(`     ! ${toPlainText(`${target}: ${reason}`)}`)),
  ]
}

function formatChange({ result, summary, error, note, durationMs }: ChangeRecord, { paint }: Terminal): string {
  const mark = result === 'done' ? paint.green('✓') : paint.red('✗')
  const remark = error ?? note
  return `     ${mark} ${toPlainText(summary)}${remark ? `: ${toPlainText(remark)}` : ''} ${paint.dim(`(${formatDuration(durationMs)})`)}`
}

/** What an inline hook asked for, and what its sender was told; nothing for any other delivery. */
function formatRequest({ inline }: Pick<DeliveryDetails, 'inline'>, { terminal, now }: View): string[] {
  if (!inline) return []
  const { application, subject, permissions, comment, taskUrl, source } = inline.asked
  const ids = [application.id, ...(application.instanceId ? [application.instanceId] : [])].join(', ')
  const rows: [string, string][] = [
    ['through', source],
    ['for', subject.email],
    ['application', `${application.label}  (${ids})`],
    ...permissions.map((one): [string, string] => ['permission', formatPermission(one)]),
    ['until', formatUntil(inline.asked, now)],
    ...(comment ? [['comment', comment] satisfies [string, string]] : []),
    ...(taskUrl ? [['task', taskUrl] satisfies [string, string]] : []),
    ...(inline.begunAt ? [['begun', formatTime(inline.begunAt, now)] satisfies [string, string]] : []),
    ...(inline.answer === null ? [] : [['answered', formatAnswer(inline.answer)] satisfies [string, string]]),
  ]
  const title = terminal.paint.bold(inline.isEnd ? 'Access that ends' : 'Asked for')
  return ['', title, ...rows.map(([name, value]) => `  ${name.padEnd(12)}  ${toPlainText(value)}`)]
}

/** Such as `Billing operator: billing:operate → role:rol_1`. */
export function formatPermission({ value, label, target }: Permission) {
  const name = label && label !== value ? `${label}: ` : ''
  return `${name}${value || 'the application itself'}${target && target !== value ? ` → ${target}` : ''}`
}

/** Until when access is asked for. */
export function formatUntil({ until }: { until: string | null }, now: Date): string {
  return until === null ? 'no end' : formatTime(until, now)
}

/** An answer to a question, in its own words and with its reason. */
function formatAnswer(answer: Json): string {
  if (!isRecord(answer)) return toPlainText(JSON.stringify(answer))
  const reason = answer.message ?? answer.reason
  const words = String(answer.answer).replaceAll('_', ' ')
  return toPlainText(typeof reason === 'string' ? `${words}: “${reason}”` : words)
}
