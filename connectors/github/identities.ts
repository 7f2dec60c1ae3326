import { z } from 'zod'
import { parseList, sameEmail } from '../../src/index.ts'
import { parseAnswer } from './answers.ts'
import type { Organization } from './client.ts'

const emails = z.array(z.object({ value: z.string() }).nullable().catch(null)).nullish()

const identity = z.object({
  samlIdentity: z.object({ nameId: z.string().nullish(), emails }).nullish(),
  scimIdentity: z.object({ username: z.string().nullish(), emails }).nullish(),
  user: z.object({ login: z.string() }).nullish(),
})

const connection = z.object({ nodes: z.array(z.unknown()) })

const provider = z.object({ externalIdentities: connection }).nullish()

const ofOrganization = z.object({ organization: z.object({ samlIdentityProvider: provider }) })
const ofEnterprise = z.object({
  enterprise: z.object({ ownerInfo: z.object({ samlIdentityProvider: provider }).nullish() }),
})

const selection = `samlIdentityProvider {
  externalIdentities(first: 25, userName: $name) {
    nodes {
      samlIdentity { nameId emails { value } }
      scimIdentity { username emails { value } }
      user { login }
    }
  }
}`

/**
 * Finds the logins that the company's identity provider has linked to one of these names: a person signed in there with
 * that name and at GitHub with that login. Unlike the e-mail of a public profile, this link cannot be claimed.
 *
 * `userName` finds by NameID or SCIM user name (GraphQL reference: ExternalIdentity connection); we compare what it
 * finds once more.
 */
export async function findLoginsBySaml(organization: Organization, names: readonly string[], enterprise?: string) {
  const found = new Set<string>()
  for (const name of names) {
    const nodes = await readIdentities(organization, name, enterprise)
    for (const { samlIdentity, scimIdentity, user } of parseList(identity, nodes)?.items ?? []) {
      const own = [
        samlIdentity?.nameId,
        scimIdentity?.username,
        ...listEmails(samlIdentity),
        ...listEmails(scimIdentity),
      ]
      const isMeant = own.some((text) => typeof text === 'string' && sameEmail(text, name))
      if (user && isMeant) found.add(user.login.toLowerCase())
    }
  }
  return [...found]
}

async function readIdentities(organization: Organization, name: string, enterprise: string | undefined) {
  const doing = 'look up SAML identities'
  if (enterprise) {
    const query = `query ($slug: String!, $name: String!) { enterprise(slug: $slug) { ownerInfo { ${selection} } } }`
    const answer = parseAnswer(ofEnterprise, await organization.graphql(query, { slug: enterprise, name }), doing)
    return answer.enterprise.ownerInfo?.samlIdentityProvider?.externalIdentities.nodes ?? []
  }
  const query = `query ($login: String!, $name: String!) { organization(login: $login) { ${selection} } }`
  const answer = parseAnswer(
    ofOrganization,
    await organization.graphql(query, { login: organization.login, name }),
    doing,
  )
  return answer.organization.samlIdentityProvider?.externalIdentities.nodes ?? []
}

function listEmails(identity: { emails?: z.output<typeof emails> } | null | undefined): string[] {
  return (identity?.emails ?? []).flatMap((email) => email?.value ?? [])
}
