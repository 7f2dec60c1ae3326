import type { Event, HubAccess } from '../../src/index.ts'
import { isRecord } from '../../src/index.ts'

const longestValue = 300
const mostFacts = 12

/** What the channel reads of an event. */
export function channelText({ id, type, time, ...event }: Event): string {
  const data: unknown = event.data
  if (type.startsWith('hub.access.') && isAccess(data)) return accessText(type, data)
  if (!isRecord(data)) return `${plain(type)} at ${plain(time)} (${plain(id)})`
  // Only the hub's own events are told with what is in them: they hold no secret.
  if (!type.startsWith('hub.')) return `${plain(type)}${targetText(data.target)} at ${plain(time)} (${plain(id)})`
  const { about, ...rest } = data
  const facts = Object.entries(rest)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .slice(0, mostFacts)
    .map(([name, value]) => `${plain(name)}: ${plain(value)}`)
  return [`${plain(type)}: ${plain(about)}`, ...facts].join('\n')
}

/** What somebody reads of access of their own; null: the event tells of nobody's. */
export function personText({ type, ...event }: Event): { email: string; text: string } | null {
  const data: unknown = event.data
  if (!type.startsWith('hub.access.') || !isAccess(data)) return null
  return { email: data.email, text: ['Your access', accessText(type, data)].join('. ') }
}

function accessText(type: string, { email, application, permissions, until, reason, taskUrl }: HubAccess): string {
  const names = permissions.map(({ label, value }) => label || value).filter((name) => name !== '')
  const what = [application.label || application.id, ...(names.length > 0 ? [names.join(', ')] : [])].map(plain)
  const happened = type.slice('hub.access.'.length)
  return [
    `Access ${plain(happened)}: ${plain(email)}, ${what.join(': ')}`,
    ...(until && happened === 'granted' ? [`Until: ${plain(until)}`] : []),
    ...(reason ? [`Why: ${plain(reason)}`] : []),
    ...(taskUrl && /^https:\/\//.test(taskUrl) ? [plain(taskUrl)] : []),
  ].join('\n')
}

function targetText(targets: unknown): string {
  const [first] = Array.isArray(targets) ? targets : []
  return isRecord(first) && typeof first.alternateId === 'string' ? `, ${plain(first.alternateId)}` : ''
}

function isAccess(data: unknown): data is HubAccess {
  return (
    isRecord(data) && typeof data.email === 'string' && isRecord(data.application) && Array.isArray(data.permissions)
  )
}

/**
 * Cut before it is escaped, so that no entity is cut. Slack reads `&`, `<` and `>` as its own: `<!channel>` would call
 * everybody (docs.slack.dev/messaging/formatting-message-text#escaping).
 */
function plain(value: unknown): string {
  const line = String(value)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  const short = line.length > longestValue ? `${line.slice(0, longestValue - 1)}…` : line
  return short.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
