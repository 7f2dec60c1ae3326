import { foldEmail, PermanentError, type Person } from '../../src/index.ts'
import type { Zendesk } from './client.ts'
import type { User } from './schemas.ts'

/** E-mail → id of the users that this process created: Zendesk's search shows them some minutes later only. */
export type Created = Map<string, number>

type Subject = { request: { subject: { email: string } }; person: Person | null }

/**
 * Finds the one user with the person's e-mail; null when there is none. It uses the e-mails that the authority gives
 * now: an earlier e-mail may belong to another person today.
 *
 * @throws PermanentError when there are two: neither is chosen
 */
export async function findUser(zendesk: Zendesk, subject: Subject, created: Created): Promise<User | null> {
  const { email } = subject.request.subject
  const users = await findByEmail(zendesk, subject, created)
  if (users.length > 1)
    throw new PermanentError(`${users.length} Zendesk users have an e-mail of ${email}: merge them first`)
  return users[0] ?? null
}

/** Users whose role may be taken away. */
export type Holders = {
  users: User[]
  /** Some user of the person is known, though Zendesk may have said that there is no such user any more. */
  isKnown: boolean
}

/**
 * Finds whom a role may be taken from: the one user with the person's e-mail, and every user whom the hub gave a role on
 * behalf of the person. Those are read by id, because the search may not show them (yet), and an e-mail can be changed.
 */
export async function findHolders(zendesk: Zendesk, subject: Subject, created: Created): Promise<Holders> {
  const links = (subject.person?.links ?? []).map(Number).filter(Number.isSafeInteger)
  const given = (await Promise.all(links.map((id) => zendesk.user(id)))).filter((user) => user !== null)
  const found = await findUser(zendesk, subject, created)
  const others = given.filter(({ id, active }) => active !== false && id !== found?.id)
  return { users: [...(found ? [found] : []), ...others], isKnown: found !== null || links.length > 0 }
}

async function findByEmail(zendesk: Zendesk, { request, person }: Subject, created: Created): Promise<User[]> {
  const emails = [...new Set([request.subject.email, ...(person?.state.emails ?? [])].map(foldEmail))]
  const ids = new Set<number>()
  for (const email of emails) {
    // Zendesk's search reads `*` as a wildcard; an e-mail with it, or with a quote, would find other users.
    if (/["*\s\\]/.test(email)) throw new PermanentError(`${email} is not an e-mail that can be looked for at Zendesk`)
    for (const id of await zendesk.userIdsByEmail(email)) ids.add(id)
    const own = created.get(email)
    if (own !== undefined) ids.add(own)
  }
  const found = await Promise.all([...ids].map((id) => zendesk.user(id)))
  const users = found.filter((user) => user !== null)
  return users.filter((user) => user.active !== false && isOneOf(emails, user))
}

/** Remembers a created user. The map is bounded: the search shows the oldest entries by then. */
export function rememberCreated(created: Created, email: string, id: number): void {
  created.set(foldEmail(email), id)
  if (created.size <= 1_000) return
  const [oldest] = created.keys()
  if (oldest !== undefined) created.delete(oldest)
}

function isOneOf(emails: readonly string[], { email }: User): boolean {
  return email !== null && email !== undefined && emails.includes(foldEmail(email))
}
