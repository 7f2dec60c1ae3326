import type { GrantRow } from '../../journal/index.ts'
import { plainText } from '../terminal/plain-text.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { timeText } from '../terminal/time-text.ts'
import { permissionText, untilText } from './request-lines.ts'

/** What somebody was granted: what stands first, then what has ended, the newest first. */
export function grantLines(grants: readonly GrantRow[], { terminal, now }: { terminal: Terminal; now: Date }) {
  if (grants.length === 0) return []
  const ended = grants.filter(({ endedAt }) => endedAt !== null)
  const standing = grants.filter(({ endedAt }) => endedAt === null)
  return [
    terminal.paint.bold('Granted on request'),
    ...[...standing, ...ended].flatMap((grant) => linesOf(grant, { terminal, now })),
    '',
  ]
}

function linesOf(grant: GrantRow, { terminal, now }: { terminal: Terminal; now: Date }): string[] {
  const { paint } = terminal
  const { request } = grant.request
  const what = `${permissionText(grant.permission)} of ${request.application.label} at ${grant.connector}`
  const facts = [
    `given ${timeText(grant.grantedAt, now)} through ${grant.source}, ${grant.deliveryId}`,
    ...(request.taskUrl ? [`request ${request.taskUrl}`] : []),
    ...(request.comment ? [`“${request.comment}”`] : []),
    grant.until === null ? 'no end' : `until ${untilText(grant, now)}${keeperOf(grant)}`,
    ...(grant.hadBefore ? ['they had it before: its end takes nothing away'] : []),
    ...(grant.endedAt === null
      ? []
      : [`ended ${timeText(grant.endedAt, now)} by ${grant.endedBy}: ${grant.endReason ?? 'no reason noted'}`]),
  ]
  const [mark, tint] = grant.endedAt === null ? ['✓', paint.green] : ['–', paint.dim]
  return [tint(`  ${mark} ${plainText(what)}`), ...facts.map((fact) => paint.dim(`      ${plainText(fact)}`))]
}

/** Who takes it away then. A late grant is always the hub's to end, whatever was configured: see `recorded` there. */
function keeperOf({ request, source }: GrantRow): string {
  return request.endsAccess ? ', taken away by the hub' : `, taken away when ${source} says so`
}
