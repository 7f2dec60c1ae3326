import { z } from 'zod'
import { PermanentError, type Person } from '../../src/index.ts'
import type { Organization } from './client.ts'
import type { GitHubConfig } from './config.ts'
import { nullWhenGone, parsed } from './errors.ts'
import { loginsBySaml } from './identities.ts'
import type { Invitee } from './invitations.ts'
import { loginsByVerifiedEmail } from './verified-emails.ts'

type Subject = { request: { subject: { email: string } }; person: Person | null; config: GitHubConfig }

/**
 * Who is meant, by the e-mails that the authority gives for the person now: an earlier one may be somebody else's today.
 * A null login: none of the configured ways knows one.
 *
 * Two ways are missing on purpose. A login is never made of an e-mail's local part: `ada` at GitHub is whoever came
 * first. And nobody is found by the e-mail of a public profile: anybody can write any e-mail there, and would be let in.
 *
 * @throws PermanentError when one way knows two logins: neither is chosen
 */
export async function whoIsIt(organization: Organization, { request, person, config }: Subject): Promise<Invitee> {
  const emails = distinct([request.subject.email, ...(person?.state.emails ?? [])].map((text) => text.toLowerCase()))
  for (const way of config.GITHUB_FIND_LOGIN) {
    let logins: string[] = []
    if (way === 'map') logins = await loginsByMap(organization, emails, config.GITHUB_LOGINS)
    if (way === 'verified_email') logins = await loginsByVerifiedEmail(organization, emails)
    if (way === 'saml') {
      const spellings = [request.subject.email, ...(person?.state.emails ?? []), ...(person?.state.logins ?? [])]
      logins = await loginsBySaml(organization, distinct([...spellings, ...emails]), config.GITHUB_ENTERPRISE)
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

async function loginsByMap(organization: Organization, emails: string[], map: GitHubConfig['GITHUB_LOGINS']) {
  const named = emails.flatMap((email) => (Object.hasOwn(map, email) ? [map[email]] : []))
  const logins = named.map((name) =>
    typeof name === 'number' ? loginOfAccount(organization, name) : name?.toLowerCase(),
  )
  return distinct((await Promise.all(logins)).filter((login) => login !== undefined))
}

const account = z.object({ login: z.string() })

/** A login can be given up, and taken by a stranger; the account's id stays. */
async function loginOfAccount({ request }: Organization, id: number): Promise<string | undefined> {
  const answer = await nullWhenGone(request('GET /user/{account_id}', { account_id: id }))
  return answer ? parsed(account, answer.data, 'read an account').login.toLowerCase() : undefined
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
