import { z } from 'zod'
import { foldEmail, PermanentError, type Person } from '../../src/index.ts'
import { parseAnswer, readOrNull } from './answers.ts'
import type { Organization } from './client.ts'
import type { GitHubConfig } from './config.ts'
import { findLoginsBySaml } from './identities.ts'
import type { Invitee } from './invitations.ts'
import { readLink } from './link.ts'
import { readMembership } from './memberships.ts'
import { findLoginsByVerifiedEmail } from './verified-emails.ts'

type Subject = { request: { subject: { email: string } }; person: Person | null; config: GitHubConfig }

/**
 * Finds the login of a person by the e-mails that the authority gives now: an earlier e-mail may belong to another
 * person today. The login is null when none of the configured ways knows one.
 *
 * Two ways are missing on purpose. A login is never derived from an e-mail's local part, because any stranger may have
 * registered `ada`. And no login is found by the e-mail of a public profile, because any user can write any e-mail there.
 *
 * @throws PermanentError when one way knows two logins: neither is chosen
 */
export async function identifyLogin(
  organization: Organization,
  { request, person, config }: Subject,
): Promise<{ login: string | null; emails: readonly string[] }> {
  const emails = removeDuplicates([request.subject.email, ...(person?.state.emails ?? [])].map(foldEmail))
  for (const way of config.GITHUB_FIND_LOGIN) {
    let logins: string[] = []
    if (way === 'map') logins = await findLoginsByMap(organization, emails, config.GITHUB_LOGINS)
    if (way === 'verified_email') logins = await findLoginsByVerifiedEmail(organization, emails)
    if (way === 'saml') {
      const spellings = [request.subject.email, ...(person?.state.emails ?? []), ...(person?.state.logins ?? [])]
      logins = await findLoginsBySaml(
        organization,
        removeDuplicates([...spellings, ...emails]),
        config.GITHUB_ENTERPRISE,
      )
    }
    if (logins.length > 1)
      throw new PermanentError(
        `${logins.join(' and ')} at GitHub both belong to ${request.subject.email} by "${way}": name the right one in GITHUB_LOGINS, with map as the first of GITHUB_FIND_LOGIN`,
      )
    const [login] = logins
    if (login !== undefined) return { login, emails }
  }
  return { login: null, emails }
}

/**
 * Finds whom access is taken from: who the person is now, and every login that the hub gave access to on behalf of the
 * person. That one is remembered, because an identity may be told no longer, or name another login.
 */
export async function identifyHolders(organization: Organization, subject: Subject): Promise<Invitee> {
  const { login, emails } = await identifyLogin(organization, subject)
  const links = (subject.person?.links ?? []).flatMap((value) => readLink(value) ?? [])
  const given = links.map(async ({ accountId, login: then }) => {
    if (accountId === null) return [then]
    const now = await readLoginOfAccount(organization, accountId)
    if (now !== undefined) return [now]
    // The account is gone, or cannot be read: the login may be a stranger's by now.
    const member = await readMembership(organization, then)
    return member?.user && member.user.id !== accountId ? [] : [then]
  })
  const known = (await Promise.all(given)).flat()
  return { logins: removeDuplicates([...(login === null ? [] : [login]), ...known]), emails }
}

async function findLoginsByMap(organization: Organization, emails: string[], map: GitHubConfig['GITHUB_LOGINS']) {
  const named = emails.flatMap((email) => (Object.hasOwn(map, email) ? [map[email]] : []))
  const logins = named.map((name) =>
    typeof name === 'number' ? readLoginOfAccount(organization, name) : name && foldEmail(name),
  )
  return removeDuplicates((await Promise.all(logins)).filter((login) => login !== undefined))
}

const account = z.object({ login: z.string() })

/** Reads the login of an account by its id: a login can be given up and taken by a stranger, the id stays. */
async function readLoginOfAccount({ request }: Organization, id: number): Promise<string | undefined> {
  const answer = await readOrNull(request('GET /user/{account_id}', { account_id: id }))
  return answer ? parseAnswer(account, answer.data, 'read an account').login.toLowerCase() : undefined
}

function removeDuplicates(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
