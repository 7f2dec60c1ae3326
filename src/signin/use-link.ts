import type { Clock } from '../core/clock.ts'
import { makeId, personId } from '../core/id.ts'
import type { Journal, LinkKind, UsedLink } from '../journal/index.ts'
import type { OpenedSession } from './open-session.ts'
import { hashSecretText, makeSecretText } from './secret-text.ts'

/** How long a session lives that a link opened, and how long without a request. */
const limits = {
  link: { idleSeconds: 30 * 60, seconds: 8 * 60 * 60 },
  break_glass: { idleSeconds: 60 * 60, seconds: 60 * 60 },
} as const satisfies Record<LinkKind, unknown>

/** Uses a link up and opens its session. Null: it opens nothing, be it unknown, used or too old, or its person denied. */
export async function useLink(
  { journal, clock }: { journal: { orders: Pick<Journal['orders'], 'useLink'> }; clock: Clock },
  { kind, text, requestId }: { kind: LinkKind; text: string; requestId: string },
): Promise<OpenedSession | null> {
  const hash = hashSecretText('link', text)
  if (hash === null) return null
  const id = makeId('ses', clock)
  const secret = makeSecretText('session')
  const opened = await journal.orders.useLink({
    hash,
    kind,
    makeSession: (link) => describeSession(link, { id, secret, requestId }),
  })
  return opened && { id, secret, expiresAt: opened.expiresAt }
}

type Given = { id: string; secret: string; requestId: string }

/** On the machine itself acts the system's user who made the link; in an emergency the person for whom it is. */
function describeSession(link: UsedLink, { id, secret, requestId }: Given) {
  const { kind, role, person, reason, madeBy } = link
  const account = person === null ? madeBy : personId(person)
  const unknown = { issuer: null, subject: null, email: null, rolesReadAt: null, name: person === null ? madeBy : null }
  const hash = hashSecretText('session', secret) ?? ''
  const session = { ...unknown, ...limits[kind], id, hash, way: kind, account, person, role }
  const acted = kind === 'break_glass' ? 'break_glass' : role
  const operator = { by: account, account, role: acted, way: 'console', requestId } as const
  return { session, act: { operator, targets: [link.id, account], reason } }
}
