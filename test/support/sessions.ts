import { systemClock } from '../../src/core/clock.ts'
import { personId, subjectId } from '../../src/core/id.ts'
import type { PersonKey } from '../../src/core/person.ts'
import type { Role } from '../../src/core/role.ts'
import type { Journal } from '../../src/journal/index.ts'
import { openSession } from '../../src/signin/open-session.ts'

type Facts = { role: Role; subject?: string; bound?: boolean }

/** Opens a session of a person of the authority, or of a subject that is none, as a browser holds it. */
export async function openTestSession(journal: Journal, { role, subject = '00u1', bound = true }: Facts) {
  const person: PersonKey | null = bound ? { source: 'okta', authorityId: subject } : null
  const issuer = 'https://acme.okta.com'
  const opened = await openSession(
    { journal, clock: systemClock },
    {
      ...{ issuer, subject, person, role, way: 'oidc', name: `Person ${subject}`, email: null },
      ...{ idleSeconds: 1800, seconds: 8 * 3600, rolesReadAt: new Date().toISOString() },
    },
  )
  const account = person === null ? subjectId({ issuer, subject }) : personId(person)
  return { ...opened, account, cookie: `__Host-bellhop=${opened.secret}` }
}
