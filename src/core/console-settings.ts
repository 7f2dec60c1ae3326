import { z } from 'zod'
import { type RoleRule, roleRules } from './role-rules.ts'
import { isLoopback, secret, vendorUrl } from './settings.ts'

/** What a sign-in needs, all of it or nothing. */
const needed = [
  'HUB_CONSOLE_ISSUER',
  'HUB_CONSOLE_CLIENT_ID',
  'HUB_CONSOLE_CLIENT_SECRET',
  'HUB_CONSOLE_ROLES',
] as const

/** As the issuer writes it, with or without a last slash: it is compared with what the issuer says of itself. */
const issuer = z
  .string()
  .refine((text) => isIssuer(text), {
    error: 'is not an https:// address without query and fragment (http:// is for loopback only)',
  })
  .refine((text) => !text.includes('/.well-known/'), {
    error: 'is the address of the discovery document: leave /.well-known/ and what follows it out',
  })

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, search, hash, username } = new URL(text)
  if (search !== '' || hash !== '' || username !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** The settings of the sign-in by OpenID Connect. */
export const consoleSettings = {
  HUB_CONSOLE_URL: vendorUrl()
    .refine((url) => hasNoPath(url), { error: 'has something after the host name' })
    .optional()
    .describe(
      'The address at which people reach the console and sign in, such as https://hub.example.com; left out: HUB_PUBLIC_URL.',
    ),
  HUB_CONSOLE_ISSUER: issuer
    .optional()
    .describe('Who says who somebody is, by OpenID Connect: the issuer’s address, such as https://acme.okta.com.'),
  HUB_CONSOLE_CLIENT_ID: z.string().min(1).optional().describe('The client id of the hub’s web application there.'),
  HUB_CONSOLE_CLIENT_SECRET: secret(z.string().min(1).optional()).describe('That application’s client secret.'),
  HUB_CONSOLE_CLIENT_AUTH: z
    .enum(['basic', 'post'])
    .default('basic')
    .describe(
      'How the secret is sent to the issuer: basic, in a header, or post, in the body, as Auth0 has it by default.',
    ),
  HUB_CONSOLE_ROLES: roleRules()
    .optional()
    .describe(
      'Who has which role: a list such as admin=claim:bellhop-admins, viewer=email:ann@acme.com, auditor=subject:00u1.',
    ),
  HUB_CONSOLE_ROLES_CLAIM: z
    .string()
    .regex(/^\S+$/, { error: 'may hold no spaces' })
    .default('groups')
    .describe('The claim whose words the rules with claim: are compared with: groups, or https://acme.com/roles.'),
  HUB_CONSOLE_SCOPES: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
      error: 'is not a list of words, each parted by one space',
    })
    .default('openid profile email')
    .describe('The scopes that the issuer is asked for, parted by spaces: with groups, say, where a claim needs it.'),
  HUB_CONSOLE_EMAIL_CONNECTION: z
    .string()
    .regex(/^[^\s|]+$/, { error: 'is not the name of a connection' })
    .optional()
    .describe(
      'With Auth0: the connection (okta, oidc or samlp) whose verified e-mails the rules with email: are compared with.',
    ),
}

function hasNoPath(url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname === '/'
}

type ConsoleSettings = { [K in keyof typeof consoleSettings]: z.output<(typeof consoleSettings)[K]> }

/**
 * What the settings of a sign-in must be together: the setting at which a problem is reported, and what is wrong. A
 * setting that is wrong by itself comes here as it was given.
 */
export const consoleRules: readonly {
  setting: keyof ConsoleSettings
  isKept(given: Partial<ConsoleSettings> & { HUB_PUBLIC_URL?: string | undefined }): boolean
  error: string
}[] = [
  ...needed.map((setting) => ({
    setting,
    isKept: (given: Partial<ConsoleSettings>) =>
      given[setting] !== undefined || needed.every((name) => given[name] === undefined),
    error: `is missing: a sign-in needs ${needed.join(', ')}`,
  })),
  {
    setting: 'HUB_CONSOLE_URL',
    isKept: ({ HUB_CONSOLE_ISSUER, HUB_CONSOLE_URL, HUB_PUBLIC_URL }) =>
      HUB_CONSOLE_ISSUER === undefined ||
      HUB_CONSOLE_URL !== undefined ||
      (HUB_PUBLIC_URL !== undefined && hasNoPath(HUB_PUBLIC_URL)),
    error: 'is missing, and HUB_PUBLIC_URL is no address without a path: the issuer must send people back to the hub',
  },
  {
    setting: 'HUB_CONSOLE_EMAIL_CONNECTION',
    isKept: ({ HUB_CONSOLE_ISSUER: url, HUB_CONSOLE_ROLES: rules, HUB_CONSOLE_EMAIL_CONNECTION: connection }) =>
      connection !== undefined ||
      !/^https:\/\/[^/]+\.auth0\.com\/?$/i.test(url ?? '') ||
      // What could not be read is no list.
      !Array.isArray(rules) ||
      !rules.some(({ by }: RoleRule) => by === 'email'),
    error: 'is missing: at Auth0 anybody may sign up under an e-mail, so that a rule with email: needs a connection',
  },
]
