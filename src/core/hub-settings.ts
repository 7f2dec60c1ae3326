import { z } from 'zod'
import { batchSettings } from './batch-settings.ts'
import { consoleRules, consoleSettings } from './console-settings.ts'
import { UsageError } from './errors.ts'
import { keepSettings } from './keep-settings.ts'
import { type BatchPolicy, defaultBrakeLimits, type HubPolicy, mostPeople } from './policy.ts'
import { publicUrl } from './public-url.ts'
import { type Environment, flag, type Problem, readSettings, secret } from './settings.ts'

const port = z.coerce.number().int().min(0).max(65_535)

/** `okta_eu:okta` makes a second instance of the source and connector `okta`, with the prefix `OKTA_EU_`. */
const instances = z.string().transform((text, context) =>
  text.split(',').flatMap((part) => {
    const [, id, kind] = /^\s*([a-z][a-z0-9_-]*):([a-z][a-z0-9_-]*)\s*$/.exec(part) ?? []
    if (id && kind) return [{ id, kind }]
    context.addIssue({ code: 'custom', message: 'is not a list of <id>:<kind>, in lower case' })
    return []
  }),
)

const network = z.union([z.cidrv4(), z.cidrv6()])

/** Internal networks that may be called although no setting names an address in them. */
const networks = z.string().transform((text, context) => {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.every((part) => network.safeParse(part).success)) return parts
  context.addIssue({ code: 'custom', message: 'is not a list of networks such as 10.20.0.0/16,fd12:3456::/32' })
  return z.NEVER
})

const bearerToken = secret(
  z
    .string()
    .regex(/^[\x21-\x7e]+$/, { error: 'is not a text that a header can carry: visible ASCII without spaces' })
    .optional(),
)

const settings = z
  .object({
    PORT: port.default(8787).describe('The port to listen on: a number from 0 to 65535.'),
    HOST: z.string().default('127.0.0.1').describe('The address to listen on: 0.0.0.0 for every interface.'),
    HUB_ADMIN_PORT: port
      .min(1)
      .optional()
      .describe(
        'A port of its own for /api, /metrics and /signin, which PORT then does not have; left out: all are at PORT.',
      ),
    HUB_PUBLIC_URL: publicUrl()
      .optional()
      .describe('The address at which vendors reach this hub, such as https://hub.example.com.'),
    DATABASE_URL: secret(
      z
        .string()
        .regex(/^postgres(ql)?:\/\//, { error: 'is not a postgres:// address' })
        .optional(),
    ).describe(
      'postgres://user:password@host:5432/database, or leave it out for an embedded PostgreSQL under .bellhop/.',
    ),
    HUB_DATABASE_POOLER: z
      .enum(['transaction'])
      .optional()
      .describe(
        'transaction: DATABASE_URL leads to a pooler such as PgBouncer. Left out: it leads to PostgreSQL itself.',
      ),
    HUB_MODE: z
      .enum(['enforce', 'observe', 'staged'])
      .default('enforce')
      .describe(
        'enforce, or observe: plan and record, and write nothing at the vendors. staged: observe all but those for whom a batch ended it.',
      ),
    HUB_BRAKE_PEOPLE: z.coerce
      .number()
      .int()
      .min(0)
      .max(mostPeople)
      .default(defaultBrakeLimits.people)
      .describe('People who may be locked out, or unblocked, within the window: 1 to 100; 0 switches the brake off.'),
    HUB_BRAKE_PERCENT: z.coerce
      .number()
      .min(0)
      .max(100)
      .default(defaultBrakeLimits.percent)
      .describe('The same as a share of the people known, if that is more; never more than 100 people.'),
    HUB_BRAKE_MINUTES: z.coerce
      .number()
      .min(1)
      .max(1440)
      .default(defaultBrakeLimits.minutes)
      .describe('How long the window is, in minutes: 1 to 1440.'),
    HUB_PROVISIONAL_DENY: flag(false).describe(
      'true: while the authority cannot be read, lock linked people out on the word of a hook; false: wait for it.',
    ),
    HUB_RESYNC: z
      .enum(['on', 'off'])
      .default('on')
      .describe('on: list who changed at every start and every 15 minutes; off: believe the hooks alone.'),
    HUB_VERIFY: z
      .enum(['on', 'off'])
      .default('on')
      .describe(
        'on: look again at everybody whom the authority denies, and mend what others undid; off: believe what was done.',
      ),
    HUB_VERIFY_EMAIL_DAYS: z.coerce
      .number()
      .int()
      .min(0)
      .max(3650)
      .default(90)
      .describe(
        'For so many days after a person left, accounts are searched for again; known ones are looked at for ever.',
      ),
    HUB_VERIFY_KEEP_DAYS: z.coerce
      .number()
      .int()
      .min(1)
      .max(3650)
      .default(7)
      .describe(
        'For so many days a look that found all as it should be stays on record; when it was last seen so stays for ever.',
      ),
    ...keepSettings,
    HUB_SILENCE_HOURS: z.coerce
      .number()
      .min(0)
      .max(24 * 365)
      .default(7 * 24)
      .describe('Alert when a source sent nothing for so many hours; 0: never.'),
    HUB_INSTANCES: instances
      .default([])
      .describe('A list such as okta_eu:okta, for a second org with the prefix OKTA_EU_.'),
    HUB_CONCURRENCY: z.coerce
      .number()
      .int()
      .min(1)
      .max(200)
      .default(32)
      .describe('People worked on at once, of one connector half of them at most: a number from 1 to 200.'),
    HUB_LOG_LEVEL: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('How much is logged: debug, info, warn or error.'),
    HUB_METRICS_TOKEN: bearerToken.describe(
      'Who reads /metrics must send it, as authorization: Bearer <token>; without it everybody may who reaches it, and on a Worker nobody.',
    ),
    HUB_DIAGNOSIS_TOKEN: bearerToken.describe(
      'On a Worker: GET /diagnosis answers who sends it, as authorization: Bearer <token>; without it there is no such page.',
    ),
    HUB_LEASE_SECONDS: z.coerce
      .number()
      .min(0.5)
      .max(600)
      .default(30)
      .describe('How long a crashed worker holds up a person; at least twice HUB_OUTBOUND_SECONDS.'),
    HUB_OUTBOUND_SECONDS: z.coerce
      .number()
      .min(0.1)
      .max(60)
      .default(10)
      .describe('How long one call to a vendor may last, in seconds.'),
    HUB_DRAIN_SECONDS: z.coerce
      .number()
      .min(0)
      .max(8)
      .default(5)
      .describe('How long hooks are still answered after SIGTERM, in seconds: from 0 to 8. /readyz is 503 meanwhile.'),
    HUB_STRICT_SETTINGS: z
      .enum(['on', 'off'])
      .default('on')
      .describe('on: a name that is one letter off a setting is refused; off: every unknown name is a warning alone.'),
    ...batchSettings,
    HUB_OUTBOUND_ALLOW: networks
      .default([])
      .describe('Networks inside that may be called, such as 10.20.0.0/16; addresses in settings may be in any case.'),
    ...consoleSettings,
  })
  .refine((hub) => hub.HUB_ADMIN_PORT === undefined || hub.HUB_ADMIN_PORT !== hub.PORT, {
    path: ['HUB_ADMIN_PORT'],
    error: 'is the same as PORT: leave it out to have all at one port',
    when: ({ issues }) => !issues.some(({ path }) => ['HUB_ADMIN_PORT', 'PORT'].includes(String(path?.[0]))),
  })
  .refine((hub) => hub.HUB_LEASE_SECONDS >= 2 * hub.HUB_OUTBOUND_SECONDS, {
    path: ['HUB_LEASE_SECONDS'],
    error: 'is not longer than two calls to a vendor: a worker could still be writing when its lease ends',
    // Checked even if another setting is wrong, so that all problems come at once.
    when: ({ issues }) =>
      !issues.some(({ path }) => ['HUB_LEASE_SECONDS', 'HUB_OUTBOUND_SECONDS'].includes(String(path?.[0]))),
  })

/**
 * The hub's own settings; a vendor's are declared by its source and connector. What must fit together is checked even if
 * another setting is wrong, so that all problems come at once.
 */
export const hubSettings = consoleRules.reduce(
  (schema, { setting, isKept, error }) => schema.refine(isKept, { path: [setting], error, when: () => true }),
  settings,
)

export type HubSettings = z.output<typeof hubSettings>

/** Reads the hub's own settings, for callers that need no vendor's. */
export function readHubSettings(environment: Environment): HubSettings {
  const read = readSettings(hubSettings, environment)
  if ('value' in read) return read.value
  throw makeSettingsError('problems' in read ? read.problems : [])
}

/** Makes one error of wrong settings: it names every problem, and how to correct the first. */
export function makeSettingsError(problems: readonly Problem[]): UsageError {
  return new UsageError({
    what: 'The settings are not right.',
    why: problems.map(({ setting, what }) => `${setting} ${what}.`).join('\n'),
    fix: problems[0]?.fix ?? 'See docs/configuration.md.',
  })
}

/** The policy of acts on many things. */
export function readBatchPolicy(settings: HubSettings): BatchPolicy {
  return { fourEyesPeople: settings.HUB_FOUR_EYES_PEOPLE, freeze: settings.HUB_FREEZE }
}

/** The policy that the settings state: what a run may do. */
export function readPolicy(settings: HubSettings): HubPolicy {
  return {
    mode: settings.HUB_MODE,
    brake: {
      people: settings.HUB_BRAKE_PEOPLE,
      percent: settings.HUB_BRAKE_PERCENT,
      minutes: settings.HUB_BRAKE_MINUTES,
    },
    provisionalDeny: settings.HUB_PROVISIONAL_DENY,
  }
}
