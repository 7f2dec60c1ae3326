import { isRecord, type Json } from '../../core/json.ts'
import type { DeliveryDetails, DeliveryInline } from '../../journal/index.ts'
import { plainText } from '../terminal/plain-text.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { timeText } from '../terminal/time-text.ts'

type View = { terminal: Terminal; now: Date }

/** What an inline hook asked for, and what its sender was told; nothing for any other delivery. */
export function requestLines({ inline }: Pick<DeliveryDetails, 'inline'>, { terminal, now }: View): string[] {
  if (!inline) return []
  const { request } = inline.request
  const { application, subject, comment, taskUrl } = request
  const ids = [application.id, ...(application.instanceId ? [application.instanceId] : [])].join(', ')
  const rows: [string, string][] = [
    ['through', inline.request.source],
    ['for', subject.email],
    ['application', `${application.label}  (${ids})`],
    ...request.permissions.map((one): [string, string] => ['permission', permissionText(one)]),
    ['until', untilText(inline.request, now)],
    ...(comment ? [['comment', comment] satisfies [string, string]] : []),
    ...(taskUrl ? [['task', taskUrl] satisfies [string, string]] : []),
    ...(inline.begunAt ? [['begun', timeText(inline.begunAt, now)] satisfies [string, string]] : []),
    ...(inline.answer === null ? [] : [['answered', answerText(inline.answer)] satisfies [string, string]]),
  ]
  const title = terminal.paint.bold(inline.isEnd ? 'Access that ends' : 'Asked for')
  return ['', title, ...rows.map(([name, value]) => `  ${name.padEnd(12)}  ${plainText(value)}`)]
}

/** Such as `Billing operator: billing:operate → role:rol_1`. */
export function permissionText({ value, label, target }: DeliveryInline['request']['request']['permissions'][number]) {
  const name = label && label !== value ? `${label}: ` : ''
  return `${name}${value || 'the application itself'}${target && target !== value ? ` → ${target}` : ''}`
}

/** Until when access is asked for. */
export function untilText({ until }: { until: string | null }, now: Date): string {
  return until === null ? 'no end' : timeText(until, now)
}

/** An answer to a question, in its own words and with its reason. */
export function answerText(answer: Json): string {
  if (!isRecord(answer)) return plainText(JSON.stringify(answer))
  const reason = answer.message ?? answer.reason
  const words = String(answer.answer).replaceAll('_', ' ')
  return plainText(typeof reason === 'string' ? `${words}: “${reason}”` : words)
}
