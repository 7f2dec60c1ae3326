import { z } from 'zod'
import { exactlyOne, foldEmail, grantable, isRecord, jsonSetting, list, secret, vendorUrl } from '../../src/index.ts'
import { targetPattern } from './target.ts'

/** The ways to find the login that belongs to an e-mail, in the order in which they are tried. */
const loginWays = ['map', 'saml', 'verified_email', 'invite'] as const

type LoginWay = (typeof loginWays)[number]

const credential = exactlyOne({
  ways: [['GITHUB_TOKEN'], ['GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY']],
  reportAt: 'GITHUB_TOKEN',
})

const settings = z.object({
  GITHUB_BASE_URL: vendorUrl().describe(
    'Set it to https://api.github.com, or to https://<host>/api/v3 for GitHub Enterprise Server.',
  ),
  GITHUB_TOKEN: secret(z.string().trim())
    .optional()
    .describe(
      `A fine-grained token of an owner, with the organization permission Members: read and write. ${credential.advice}`,
    ),
  GITHUB_APP_ID: z
    .string()
    .regex(/^\d+$/, { error: 'is not the number that GitHub calls App ID' })
    .optional()
    .describe(`The App ID of a GitHub App that is installed in the organizations. ${credential.advice}`),
  GITHUB_APP_PRIVATE_KEY: secret(z.string().transform((text) => text.replaceAll('\\n', '\n')))
    .optional()
    .describe(`The app's private key as PEM; line breaks may be written as \\n. ${credential.advice}`),
  GITHUB_GRANTS: grantable({
    target: targetPattern,
    error: 'is not org:<login> or team:<org>/<slug>, in small letters as in the address of its page',
  }).describe(
    'What may be granted, as JSON: {"<application id>": {"<permission>": "org:acme" or "team:acme/platform"}}.',
  ),
  GITHUB_FIND_LOGIN: list()
    .default(['map', 'saml'])
    .transform((ways, context) => {
      const known = ways.filter((way): way is LoginWay => loginWays.some((one) => one === way))
      if (known.length === ways.length && known.length > 0) return known
      context.addIssue({ code: 'custom', message: `is not a list of ${loginWays.join(', ')}` })
      return z.NEVER
    })
    .describe(
      'How to tell the login behind an e-mail, in this order: map, saml, verified_email, and invite as the last.',
    ),
  GITHUB_LOGINS: jsonSetting({
    schema: z.unknown().transform((map, context) => {
      const logins = readLogins(map)
      if (logins) return logins
      context.addIssue({ code: 'custom' })
      return z.NEVER
    }),
    error: 'is not JSON of e-mails, each once, with a login or an account id',
  })
    .default({})
    .describe('For the way `map`, as JSON: {"ada@acme.example": 583231}. An account id stays when its login changes.'),
  GITHUB_ENTERPRISE: z
    .string()
    .trim()
    .optional()
    .describe(
      'The enterprise’s slug, if SAML is set up there and not in the organization; needs a token that may read it.',
    ),
})

/** The hub's credential at GitHub, what it may grant there, and how it finds a person's login. */
export const config = settings.refine(credential.isGiven, credential.problem).refine(invitesLast, {
  path: ['GITHUB_FIND_LOGIN'],
  error: 'has something after invite, which answers for everybody',
  // Checked even if a setting is wrong by itself, so that all problems come at once.
  when: () => true,
})

export type GitHubConfig = z.output<typeof settings>

function invitesLast({ GITHUB_FIND_LOGIN: ways }: Partial<GitHubConfig>): boolean {
  if (!Array.isArray(ways)) return true
  return !ways.includes('invite') || ways.indexOf('invite') === ways.length - 1
}

/** Returns the logins by lower-case e-mail; undefined when the JSON is something else or names one e-mail twice. */
function readLogins(map: unknown): Record<string, string | number> | undefined {
  if (!isRecord(map)) return undefined
  const entries = Object.entries(map).map(([email, login]) => [foldEmail(email), login] as const)
  const isSound = ([email, login]: readonly [string, unknown]) => email.includes('@') && isLogin(login)
  if (!entries.every(isSound) || new Set(entries.map(([email]) => email)).size < entries.length) return undefined
  return Object.fromEntries(entries) as Record<string, string | number>
}

function isLogin(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0
  return typeof value === 'string' && /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/i.test(value)
}
