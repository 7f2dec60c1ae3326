import { z } from 'zod'
import { list, secret, vendorUrl } from '../../src/index.ts'

const ways = 'Give either OKTA_API_TOKEN, or OKTA_CLIENT_ID with OKTA_PRIVATE_KEY and OKTA_KEY_ID.'

const settings = z.object({
  OKTA_ORG_URL: vendorUrl()
    .refine((url) => URL.canParse(url) && new URL(url).pathname === '/', { error: 'has something after the host name' })
    .refine((url) => !/-admin\.okta/i.test(url), { error: 'is the address of the Admin Console: leave "-admin" out' })
    .describe('Set it to the address of your Okta org, such as https://acme.okta.com.'),
  OKTA_API_TOKEN: secret(z.string().trim())
    .optional()
    .describe(`Make one in the Admin Console under Security > API > Tokens, as a read-only administrator. ${ways}`),
  OKTA_CLIENT_ID: z.string().trim().optional().describe(`The client id of an API Services app in Okta. ${ways}`),
  OKTA_PRIVATE_KEY: secret(z.string().transform((text) => text.replaceAll('\\n', '\n')))
    .optional()
    .describe(`The app's private RSA key, as PEM or JWK; line breaks may be written as \\n. ${ways}`),
  OKTA_KEY_ID: z.string().trim().optional().describe(`The id (kid) of that key. ${ways}`),
  OKTA_HOOK_SECRETS: secret(list()).optional().describe('Read by the source; here only for a look at its length.'),
  OKTA_DENY_STATUSES: statuses(['DEPROVISIONED', 'SUSPENDED']).describe(
    'A comma-separated list of the Okta statuses that lock a person out. Default: DEPROVISIONED,SUSPENDED.',
  ),
  OKTA_ALLOW_STATUSES: statuses(['ACTIVE', 'PASSWORD_EXPIRED', 'RECOVERY']).describe(
    'A comma-separated list of the Okta statuses that let a person in. Default: ACTIVE,PASSWORD_EXPIRED,RECOVERY.',
  ),
})

// `when`: these rules are checked even if a setting is wrong by itself, so that all problems come at once.
const always = () => true

/** Who the hub is at Okta, and what it makes of Okta's statuses. */
export const config = settings
  .refine(hasOneCredential, { path: ['OKTA_API_TOKEN'], error: `is not the one way in: ${ways}`, when: always })
  .refine((given) => overlap(given).length === 0, {
    path: ['OKTA_DENY_STATUSES'],
    error: 'shares a status with OKTA_ALLOW_STATUSES',
    when: always,
  })

export type OktaConfig = z.output<typeof settings>

function statuses(fallback: string[]) {
  return list()
    .transform((names) => names.map((name) => name.toUpperCase()))
    .default(fallback)
}

function hasOneCredential(given: Partial<OktaConfig>): boolean {
  const app = [given.OKTA_CLIENT_ID, given.OKTA_PRIVATE_KEY, given.OKTA_KEY_ID].filter(Boolean).length
  return given.OKTA_API_TOKEN ? app === 0 : app === 3
}

function overlap(given: Partial<OktaConfig>): string[] {
  return (given.OKTA_DENY_STATUSES ?? []).filter((status) => given.OKTA_ALLOW_STATUSES?.includes(status))
}
