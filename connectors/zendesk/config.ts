import { z } from 'zod'
import { exactlyOne, flag, grantable, secret, vendorUrl } from '../../src/index.ts'
import { targetPattern } from './target.ts'

const credential = exactlyOne({
  ways: [['ZENDESK_OAUTH_TOKEN'], ['ZENDESK_EMAIL', 'ZENDESK_API_TOKEN']],
  reportAt: 'ZENDESK_API_TOKEN',
})

const settings = z.object({
  ZENDESK_SUBDOMAIN: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/i, { error: 'is not the first part of <subdomain>.zendesk.com alone' })
    .describe('Set it to the first part of your address: acme for https://acme.zendesk.com.'),
  ZENDESK_BASE_URL: vendorUrl()
    .optional()
    .describe(
      'Leave it out. An origin that stands in for https://<subdomain>.zendesk.com, for tests and for the demo.',
    ),
  ZENDESK_EMAIL: z
    .email({ error: 'is not an e-mail' })
    .optional()
    .describe(`The e-mail of the Zendesk user in whose name the API token works. ${credential.advice}`),
  ZENDESK_API_TOKEN: secret(z.string().trim())
    .optional()
    .describe(`Made in Admin Center under Apps and integrations > APIs > API tokens. ${credential.advice}`),
  ZENDESK_OAUTH_TOKEN: secret(z.string().trim())
    .optional()
    .describe(`An OAuth access token with the scopes users:read and users:write. ${credential.advice}`),
  ZENDESK_GRANTS: grantable({
    target: targetPattern,
    error: 'is not role:agent, role:light_agent or role:custom:<id>',
  }).describe('What may be granted, as JSON: {"<application id>": {"<permission>": "role:custom:360001234567"}}.'),
  ZENDESK_CREATE: flag(true).describe(
    'true: somebody who is no user yet is created as an agent. false: such a request is refused.',
  ),
  ZENDESK_REPLACE_ROLE: flag(false).describe(
    'true: an agent with another role gets the one asked for in its place. false: such a request is refused.',
  ),
})

/** The hub's credential at Zendesk, and the roles that it may grant there. */
export const config = settings.refine(credential.isGiven, credential.problem)

export type ZendeskConfig = z.output<typeof settings>
