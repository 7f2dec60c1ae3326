import { z } from 'zod'
import { flag, foldEmail, grantable, list, secret, vendorUrl } from '../../../src/index.ts'

/** One target of AUTH0_GRANTS: a tenant-wide role, membership of an organization, or a role within an organization. */
export type GrantTarget =
  | { kind: 'role'; role: string }
  | { kind: 'organization'; organization: string }
  | { kind: 'member_role'; organization: string; role: string }

/** Ids of roles begin with `rol_`, ids of organizations with `org_` (Auth0 Management API: roles, organizations). */
const grantTargetPattern = /^(?:role:rol_\w+|organization:org_\w+(?:\/role:rol_\w+)?)$/

/** Parses a target of the allow-list, such as `organization:org_1/role:rol_1`. The configuration has checked its form. */
export function parseGrantTarget(target: string): GrantTarget {
  const [, organization] = /^organization:(\w+)/.exec(target) ?? []
  const [, role] = /(?:^|\/)role:(\w+)$/.exec(target) ?? []
  if (organization !== undefined && role !== undefined) return { kind: 'member_role', organization, role }
  if (organization !== undefined) return { kind: 'organization', organization }
  if (role !== undefined) return { kind: 'role', role }
  throw new Error(`"${target}" is no target of the auth0 connector`)
}

/** Not allowed in app_metadata, or merged there onto the root profile (Auth0 docs: "Metadata field names and data types"). */
const reservedKeys = new Set(
  `__tenant _id blocked clientID created_at email email_verified globalClientID identities lastIP lastLogin loginsCount
   metadata multifactor multifactor_last_modified name nickname picture updated_at user_id user_metadata username`.split(
    /\s+/,
  ),
)

/** Each setting by itself; `config` adds what must fit together. Every description says how to correct the setting. */
export const settings = z.object({
  AUTH0_DOMAIN: z
    .string()
    .regex(/^[a-z0-9.-]+(:\d+)?$/i, { error: 'is not a bare host name' })
    .describe(
      'Set it to the tenant’s canonical host name without https://, such as example.eu.auth0.com, and not to a custom domain.',
    ),
  AUTH0_CLIENT_ID: z
    .string()
    .min(1)
    .describe('Set it to the client id of a machine-to-machine application that may use the Management API.'),
  AUTH0_CLIENT_SECRET: secret(
    z.string().min(1).describe('Set it to that application’s client secret (Auth0: Applications, Settings).'),
  ),
  AUTH0_BASE_URL: vendorUrl()
    .optional()
    .describe('Leave it out. An origin that stands in for https://<AUTH0_DOMAIN>, for tests and for the demo.'),
  AUTH0_AUTHORITIES: list()
    .default([])
    .describe(
      'Whose people this tenant is for: ids of Okta instances, comma-separated, such as okta,okta_eu. Needed with several.',
    ),
  AUTH0_CONNECTIONS: list()
    .default([])
    .describe('Connection names, comma-separated. A user found by e-mail counts only if the e-mail comes from these.'),
  AUTH0_EMAIL_DOMAINS: list()
    .default([])
    .transform((domains) => domains.map(foldEmail))
    .describe('E-mail domains, comma-separated. A user found by e-mail counts only within these.'),
  AUTH0_OKTA_CONNECTIONS: list()
    .default([])
    .describe(
      'Names of the connections that Okta feeds, of the strategies okta, oidc or samlp, comma-separated: their users are found by Okta id or login without a search, and count as the person’s own.',
    ),
  AUTH0_BLOCK: flag(true).describe('true: also set `blocked` on a deactivated person’s users. false: the flag alone.'),
  AUTH0_BLOCK_OWNER: z
    .enum(['hub', 'scim'])
    .default('hub')
    .describe(
      'Who sets `blocked` on users of AUTH0_OKTA_CONNECTIONS: hub, or scim where inbound SCIM does it there. The flag is the hub’s in any case.',
    ),
  AUTH0_REVOKE: flag(true).describe('true: also end sessions and refresh tokens. false: they live until they expire.'),
  AUTH0_MIRROR: flag(false).describe(
    'true: also write the flag to user_metadata, for an older Action that reads it there.',
  ),
  AUTH0_ADOPT_REHIRES: flag(false).describe(
    'true: a user that was locked for an old id is unblocked for the person who has its e-mail now, once the old id is gone. false: an operator decides.',
  ),
  AUTH0_METADATA_KEY: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, { error: 'may hold letters, digits, _ and - only, and starts with a letter' })
    .refine((key) => !reservedKeys.has(key), { error: 'is a name that Auth0 keeps for itself' })
    .default('okta')
    .describe(
      'The key of the hub’s object in app_metadata; with _grants behind it, the key of its notes of when access ends. Change it only together with the Action’s METADATA_KEY.',
    ),
  AUTH0_GRANTS: grantable({
    target: grantTargetPattern,
    error: 'is not role:<rol_…>, organization:<org_…> or organization:<org_…>/role:<rol_…>',
  }).describe(
    'What may be granted on request: JSON of the platform’s application id to a target, or to its permissions’ targets, such as {"crm": {"billing": "role:rol_…", "partners": "organization:org_…"}}. Left out: nothing.',
  ),
  AUTH0_ROLES_CLAIM: z
    .string()
    .refine((name) => !/\s/.test(name), { error: 'may hold no spaces' })
    .optional()
    .describe(
      'The claim into which the Action writes a person’s roles, without those that are over, such as https://acme.com/roles. Run deploy-action after a change. Left out: none.',
    ),
})

/** The connector's settings. Every description says how to correct the setting. */
export const config = settings.refine(
  ({ AUTH0_BLOCK_OWNER, AUTH0_OKTA_CONNECTIONS }) => AUTH0_BLOCK_OWNER !== 'scim' || AUTH0_OKTA_CONNECTIONS.length > 0,
  { path: ['AUTH0_BLOCK_OWNER'], error: 'is scim, and AUTH0_OKTA_CONNECTIONS names no connection of SCIM' },
)

export type Auth0Config = z.output<typeof settings>
