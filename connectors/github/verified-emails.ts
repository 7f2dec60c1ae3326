import { z } from 'zod'
import { foldEmail, parseList } from '../../src/index.ts'
import { parseAnswer } from './answers.ts'
import type { Organization } from './client.ts'

const answer = z.object({
  organization: z.object({
    membersWithRole: z.object({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      nodes: z.array(z.unknown()),
    }),
  }),
})

const member = z.object({ login: z.string(), organizationVerifiedDomainEmails: z.array(z.string()) })

const query = `query ($login: String!, $after: String) {
  organization(login: $login) {
    membersWithRole(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { login organizationVerifiedDomainEmails(login: $login) }
    }
  }
}`

/**
 * The members who proved to GitHub that one of these mailboxes is theirs, at a domain that the organization proved to
 * be its own (GraphQL reference: User.organizationVerifiedDomainEmails). It knows members only, and reads all of them.
 */
export async function findLoginsByVerifiedEmail(
  organization: Organization,
  emails: readonly string[],
): Promise<string[]> {
  const found = new Set<string>()
  let after: string | null = null
  do {
    const data: unknown = await organization.graphql(query, { login: organization.login, after })
    const { membersWithRole } = parseAnswer(answer, data, 'list verified e-mails').organization
    for (const { login, organizationVerifiedDomainEmails: theirs } of parseList(member, membersWithRole.nodes)?.items ??
      []) {
      if (theirs.some((email) => emails.includes(foldEmail(email)))) found.add(login.toLowerCase())
    }
    after = membersWithRole.pageInfo.hasNextPage ? membersWithRole.pageInfo.endCursor : null
  } while (after !== null)
  return [...found]
}
