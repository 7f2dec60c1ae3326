import { z } from 'zod'
import { exactlyOne, grantable, list, secret, vendorUrl } from '../../../src/index.ts'

const credential = exactlyOne({
  ways: [['OKTA_API_TOKEN'], ['OKTA_CLIENT_ID', 'OKTA_PRIVATE_KEY', 'OKTA_KEY_ID']],
  reportAt: 'OKTA_API_TOKEN',
})
const grantingCredential = exactlyOne({
  ways: [['OKTA_GRANTS_API_TOKEN'], ['OKTA_GRANTS_CLIENT_ID', 'OKTA_GRANTS_PRIVATE_KEY', 'OKTA_GRANTS_KEY_ID']],
  reportAt: 'OKTA_GRANTS_API_TOKEN',
})

const settings = z.object({
  OKTA_ORG_URL: vendorUrl()
    .refine((url) => URL.canParse(url) && new URL(url).pathname === '/', { error: 'has something after the host name' })
    .refine((url) => !/-admin\.okta/i.test(url), { error: 'is the address of the Admin Console: leave "-admin" out' })
    .describe('Set it to the address of your Okta org, such as https://acme.okta.com.'),
  OKTA_API_TOKEN: apiToken()
    .optional()
    .describe(
      `Make one in the Admin Console under Security > API > Tokens, as a read-only administrator. ${credential.advice}`,
    ),
  OKTA_CLIENT_ID: z
    .string()
    .trim()
    .optional()
    .describe(`The client id of an API Services app in Okta. ${credential.advice}`),
  OKTA_PRIVATE_KEY: privateKey()
    .optional()
    .describe(`The app's private RSA key, as PEM or JWK; line breaks may be written as \\n. ${credential.advice}`),
  OKTA_KEY_ID: z.string().trim().optional().describe(`The id (kid) of that key. ${credential.advice}`),
  OKTA_HOOK_SECRETS: secret(list()).optional().describe('Read by the source; here only for a look at its length.'),
  OKTA_DENY_STATUSES: statuses(['DEPROVISIONED', 'SUSPENDED']).describe(
    'A comma-separated list of the Okta statuses that lock a person out. Default: DEPROVISIONED,SUSPENDED.',
  ),
  OKTA_ALLOW_STATUSES: statuses(['ACTIVE', 'PASSWORD_EXPIRED', 'RECOVERY']).describe(
    'A comma-separated list of the Okta statuses that let a person in. Default: ACTIVE,PASSWORD_EXPIRED,RECOVERY.',
  ),
  OKTA_LEAVE_APPS: ids(/^0oa[A-Za-z0-9]+$/, 'has something that is not the id of an application, 0oa…').describe(
    'Ids of applications, comma-separated: who had one and loses it has left. See docs/connect-okta.md. Left out: none.',
  ),
  OKTA_LEAVE_GROUPS: ids(/^00g[A-Za-z0-9]+$/, 'has something that is not the id of a group, 00g…').describe(
    'Ids of groups, comma-separated: who was in one and is taken out has left. Left out: none.',
  ),
  OKTA_LEAVE_WHEN: z
    .enum(['any', 'all'])
    .default('any')
    .describe(
      'any: losing one of OKTA_LEAVE_APPS and OKTA_LEAVE_GROUPS is leaving; all: losing all that one had of them.',
    ),
  OKTA_GRANTS: grantable({
    target: /^(?:group:00g|app:0oa)[A-Za-z0-9]+$/,
    error: 'is not group:<id of a group, 00g…> or app:<id of an application, 0oa…>',
  }).describe(
    'What may be granted, as JSON: {"<application>": {"<permission>": "group:<00g…>"}}; a target may also be app:<0oa…>.',
  ),
  OKTA_GRANTS_API_TOKEN: apiToken()
    .optional()
    .describe(
      `An API token that may change the groups and apps of OKTA_GRANTS, and no others. ${grantingCredential.advice}`,
    ),
  OKTA_GRANTS_CLIENT_ID: z
    .string()
    .trim()
    .optional()
    .describe(
      `The client id of a second API Services app, which may change what OKTA_GRANTS names. ${grantingCredential.advice}`,
    ),
  OKTA_GRANTS_PRIVATE_KEY: privateKey()
    .optional()
    .describe(
      `The second app's private RSA key, as PEM or JWK; line breaks may be written as \\n. ${grantingCredential.advice}`,
    ),
  OKTA_GRANTS_KEY_ID: z.string().trim().optional().describe(`The id (kid) of that key. ${grantingCredential.advice}`),
})

// `when`: these rules are checked even if a setting is wrong by itself, so that all problems come at once.
const always = () => true

/** Who the hub is at Okta, what it makes of Okta's statuses, and what it may grant, as whom. */
export const config = settings
  .refine(credential.isGiven, credential.problem)
  .refine((given) => overlap(given).length === 0, {
    path: ['OKTA_DENY_STATUSES'],
    error: 'shares a status with OKTA_ALLOW_STATUSES',
    when: always,
  })
  .refine(hasGrantingCredential, {
    ...grantingCredential.problem,
    error: `is not the one way in for OKTA_GRANTS: ${grantingCredential.advice}`,
  })
  .refine((given) => !given.OKTA_GRANTS_API_TOKEN || given.OKTA_GRANTS_API_TOKEN !== given.OKTA_API_TOKEN, {
    path: ['OKTA_GRANTS_API_TOKEN'],
    error: 'is OKTA_API_TOKEN again: the credential that reads must not be able to write',
    when: always,
  })
  .refine((given) => !given.OKTA_GRANTS_CLIENT_ID || given.OKTA_GRANTS_CLIENT_ID !== given.OKTA_CLIENT_ID, {
    path: ['OKTA_GRANTS_CLIENT_ID'],
    error: 'is OKTA_CLIENT_ID again: the credential that reads must not be able to write',
    when: always,
  })

export type OktaConfig = z.output<typeof settings>

function statuses(fallback: string[]) {
  return list()
    .transform((names) => names.map((name) => name.toUpperCase()))
    .default(fallback)
}

function ids(pattern: RegExp, error: string) {
  return list()
    .refine((all) => all.every((one) => pattern.test(one)), { error })
    .default([])
}

/** The scheme belongs to the header. Sent twice, Okta would answer that the token is invalid. */
function apiToken() {
  return secret(
    z
      .string()
      .trim()
      .refine((token) => !/^SSWS\b/i.test(token), {
        error: 'begins with "SSWS", which is put before it when it is sent: give the token alone',
      }),
  )
}

function privateKey() {
  return secret(z.string().transform((text) => text.replaceAll('\\n', '\n')))
}

/** None is needed where nothing may be granted; half of one is a mistake even then. */
function hasGrantingCredential(given: Partial<OktaConfig>): boolean {
  const grantsNothing = Object.keys(given.OKTA_GRANTS ?? {}).length === 0
  return grantingCredential.isGiven(given) || (grantsNothing && grantingCredential.isAbsent(given))
}

function overlap(given: Partial<OktaConfig>): string[] {
  return (given.OKTA_DENY_STATUSES ?? []).filter((status) => given.OKTA_ALLOW_STATUSES?.includes(status))
}
