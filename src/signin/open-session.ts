import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { makeId, personId, subjectId } from '../core/id.ts'
import type { PersonKey } from '../core/person.ts'
import type { Role } from '../core/role.ts'
import type { Journal } from '../journal/index.ts'
import { hashSecretText, makeSecretText } from './secret-text.ts'

/** Who is no person of the authority may look for an hour, and not after a quarter of an hour of silence. */
const unbound = { role: 'viewer', idleSeconds: 15 * 60, seconds: 60 * 60 } as const

export type SessionWish = {
  issuer: string
  subject: string
  /** The person of the authority that the subject is; null: none, it is unbound. */
  person: PersonKey | null
  /** Words for people to read: no right follows from them. */
  name: string | null
  email: string | null
  role: Role
  way: 'oidc'
  /** Without a request for so long it is over. */
  idleSeconds: number
  /** So long it lives however much it is used: a day at most. */
  seconds: number
  /** When the issuer said the role: ISO time. */
  rolesReadAt: string
  /** The request in which it is asked for; absent: in none. */
  requestId?: string
}

/** `secret`: what the cookie holds, known here alone. The journal has its hash. */
export type OpenedSession = { id: string; secret: string; expiresAt: string }

/**
 * Opens a session of somebody whom an issuer has named. A subject that is no person is cut down to what the unbound may.
 * @throws UsageError when the person is denied
 */
export async function openSession(
  { journal, clock }: { journal: { orders: Pick<Journal['orders'], 'addSession'> }; clock: Clock },
  { requestId, ...wish }: SessionWish,
): Promise<OpenedSession> {
  const { issuer, subject, person, name, email } = wish
  const given = person === null ? cutDown(wish) : wish
  const account = person === null ? subjectId({ issuer, subject }) : personId(person)
  const id = makeId('ses', clock)
  const secret = makeSecretText('session')
  const hash = hashSecretText('session', secret) ?? ''
  const session = { ...given, id, hash, account }
  const by = name ?? email ?? account
  const request = requestId === undefined ? {} : { requestId }
  const operator = { by, account, role: given.role, way: 'console', ...request } as const
  const opened = await journal.orders.addSession(session, { operator, targets: [account] })
  if (opened) return { id, secret, expiresAt: opened.expiresAt }
  throw new UsageError({
    what: 'Nobody can sign in as this person.',
    why: 'The authority denies them.',
    fix: 'Ask an operator whether that is right.',
    code: 'person_denied',
  })
}

function cutDown(wish: SessionWish): SessionWish {
  return {
    ...wish,
    role: unbound.role,
    idleSeconds: Math.min(wish.idleSeconds, unbound.idleSeconds),
    seconds: Math.min(wish.seconds, unbound.seconds),
  }
}
