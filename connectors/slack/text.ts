import type { Event, HubAccess } from '../../src/index.ts'
import { isRecord } from '../../src/index.ts'

const longestValue = 300
const mostFacts = 12

/** Writes the text about an event for the channel. */
export function writeChannelText({ id, type, time, ...event }: Event): string {
  const data: unknown = event.data
  if (type.startsWith('hub.access.') && isAccess(data)) return writeAccessText(type, data)
  if (!isRecord(data)) return `${escapeText(type)} at ${escapeText(time)} (${escapeText(id)})`
  // Only the hub's own events are shown with their data, because they hold no secret.
  if (!type.startsWith('hub.'))
    return `${escapeText(type)}${writeTarget(data.target)} at ${escapeText(time)} (${escapeText(id)})`
  if (type.startsWith('hub.alert.') && typeof data.what === 'string') return writeAlertText(type, data)
  const { about, ...rest } = data
  const facts = Object.entries(rest)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .slice(0, mostFacts)
    .map(([name, value]) => `${escapeText(name)}: ${escapeText(value)}`)
  return [`${escapeText(type)}: ${escapeText(about)}`, ...facts].join('\n')
}

/** Writes an alert in its own words; one that is over without what to do. */
function writeAlertText(type: string, { what, whom, why, fix, command, state }: Record<string, unknown>): string {
  const lines: readonly (readonly [string, unknown])[] = [
    ['Whom', whom],
    ['Why', why],
    ...(state === 'resolved'
      ? []
      : ([
          ['Do', fix],
          ['Type', command],
        ] as const)),
  ]
  const said = lines.filter(([, value]) => typeof value === 'string' && value !== '')
  return [
    `${escapeText(type)}: ${escapeText(what)}`,
    ...said.map(([name, value]) => `${name}: ${escapeText(value)}`),
  ].join('\n')
}

/** Writes the text about a person's own access for that person; null: the event is about no person's access. */
export function writePersonText({ type, ...event }: Event): { email: string; text: string } | null {
  const data: unknown = event.data
  if (!type.startsWith('hub.access.') || !isAccess(data)) return null
  return { email: data.email, text: ['Your access', writeAccessText(type, data)].join('. ') }
}

function writeAccessText(type: string, { email, application, permissions, until, reason, taskUrl }: HubAccess): string {
  const names = permissions.map(({ label, value }) => label || value).filter((name) => name !== '')
  const what = [application.label || application.id, ...(names.length > 0 ? [names.join(', ')] : [])].map(escapeText)
  const happened = type.slice('hub.access.'.length)
  return [
    `Access ${escapeText(happened)}: ${escapeText(email)}, ${what.join(': ')}`,
    ...(until && happened === 'granted' ? [`Until: ${escapeText(until)}`] : []),
    ...(reason ? [`Why: ${escapeText(reason)}`] : []),
    ...(taskUrl && /^https:\/\//.test(taskUrl) ? [escapeText(taskUrl)] : []),
  ].join('\n')
}

function writeTarget(targets: unknown): string {
  const [first] = Array.isArray(targets) ? targets : []
  return isRecord(first) && typeof first.alternateId === 'string' ? `, ${escapeText(first.alternateId)}` : ''
}

function isAccess(data: unknown): data is HubAccess {
  return (
    isRecord(data) && typeof data.email === 'string' && isRecord(data.application) && Array.isArray(data.permissions)
  )
}

/**
 * Shortens a value and escapes it, in this order, so that no entity is cut. Slack reads `&`, `<` and `>` as its own:
 * `<!channel>` would notify the whole channel (docs.slack.dev/messaging/formatting-message-text#escaping).
 */
function escapeText(value: unknown): string {
  const line = String(value)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  const short = line.length > longestValue ? `${line.slice(0, longestValue - 1)}…` : line
  return short.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
