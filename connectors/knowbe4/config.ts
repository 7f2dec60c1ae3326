import { z } from 'zod'
import { isRecord, jsonSetting, list, secret, vendorUrl } from '../../src/index.ts'

const regions = ['us', 'eu', 'ca', 'uk', 'de'] as const

/** The region and token for KnowBe4, and which training must be completed for which application. */
export const config = z.object({
  KNOWBE4_TOKEN: secret(z.string().trim().min(1)).describe(
    'A Reporting API token: Account Settings, Account Integrations, API, Reporting API.',
  ),
  KNOWBE4_TRAINING: trainingSetting().describe(
    'The training’s name as KnowBe4 has it, or JSON by application: {"crm": "Data Protection", "*": "Security Basics"}.',
  ),
  KNOWBE4_MAX_AGE_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3650)
    .optional()
    .describe('How old its completion may be, in days: 1 to 3650. Left out: of any age.'),
  KNOWBE4_PASSED_STATUSES: list()
    .default(['Passed'])
    .describe('What KnowBe4 calls an enrollment that is completed, comma-separated. Default: Passed.'),
  KNOWBE4_REGION: z
    .enum(regions)
    .default('us')
    .describe('The region of your account, as in its address: us, eu, ca, uk or de. Default: us.'),
  KNOWBE4_BASE_URL: vendorUrl()
    .optional()
    .describe('The address of the Reporting API, where it is not https://<region>.api.knowbe4.com.'),
  KNOWBE4_TRAINING_URL: vendorUrl()
    .optional()
    .describe('Where people find their trainings: they read it. Left out: the sign-in of the region.'),
})

export type KnowBe4Config = z.output<typeof config>

/** KnowBe4 docs, "Base URL" (developer.knowbe4.com): US and EU. The other three follow their pattern: unverified. */
export function makeApiUrl({ KNOWBE4_BASE_URL, KNOWBE4_REGION }: KnowBe4Config): string {
  return KNOWBE4_BASE_URL ?? `https://${KNOWBE4_REGION}.api.knowbe4.com`
}

export function makeTrainingUrl({ KNOWBE4_TRAINING_URL, KNOWBE4_REGION }: KnowBe4Config): string {
  return KNOWBE4_TRAINING_URL ?? `https://${KNOWBE4_REGION === 'us' ? 'training' : KNOWBE4_REGION}.knowbe4.com`
}

/** The name of the training for an application; undefined when the settings name none. */
export function findTraining({ KNOWBE4_TRAINING: names }: KnowBe4Config, application: string): string | undefined {
  return Object.hasOwn(names, application) ? names[application] : names['*']
}

/** A plain name is the training of every application. */
function trainingSetting(): z.ZodType<Record<string, string>, string> {
  return z
    .string()
    .transform((text) => (text.trim().startsWith('{') ? text : JSON.stringify({ '*': text.trim() })))
    .pipe(
      jsonSetting({
        schema: z.custom<Record<string, string>>(isNames),
        error: 'is neither a name nor JSON such as {"crm": "Data Protection"}',
      }),
    )
}

function isNames(value: unknown): boolean {
  if (!isRecord(value)) return false
  const names = Object.values(value)
  return names.length > 0 && names.every((name) => typeof name === 'string' && name.trim() !== '')
}

export function makeHeaders({ KNOWBE4_TOKEN }: KnowBe4Config): Record<string, string> {
  return { authorization: `Bearer ${KNOWBE4_TOKEN}`, accept: 'application/json' }
}
