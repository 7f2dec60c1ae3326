import { z } from 'zod'
import { secret, vendorUrl } from './settings.ts'

const port = z.coerce.number().int().min(0).max(65_535)

/** `okta_eu:okta` makes a second instance of the source and connector `okta`, with the prefix `OKTA_EU_`. */
const instances = z.string().transform((text, context) =>
  text.split(',').flatMap((part) => {
    const [, id, kind] = /^\s*([a-z][a-z0-9_]*):([a-z][a-z0-9_]*)\s*$/.exec(part) ?? []
    if (id && kind) return [{ id, kind }]
    context.addIssue({ code: 'custom', message: 'is not a list of <id>:<kind>, in lower case' })
    return []
  }),
)

/** The hub's own settings; a vendor's are declared by its source and connector. */
export const hubSettings = z
  .object({
    PORT: port.default(8787).describe('The port to listen on: a number from 0 to 65535.'),
    HOST: z.string().default('127.0.0.1').describe('The address to listen on: 0.0.0.0 for every interface.'),
    HUB_PUBLIC_URL: vendorUrl()
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
    HUB_MODE: z
      .enum(['enforce', 'observe'])
      .default('enforce')
      .refine((mode) => mode !== 'observe', {
        error: 'is observe, which is not built yet and must not be taken for it',
      })
      .describe('Set it to enforce, or leave it out.'),
    HUB_RESYNC: z
      .enum(['on', 'off'])
      .default('on')
      .describe('on: list who changed at every start and every 15 minutes; off: believe the hooks alone.'),
    HUB_SILENCE_HOURS: z.coerce
      .number()
      .min(0)
      .max(24 * 365)
      .default(0)
      .describe('Alert when a source sent nothing for so many hours; 0: never.'),
    HUB_INSTANCES: instances
      .default([])
      .describe('A list such as okta_eu:okta, for a second org with the prefix OKTA_EU_.'),
    HUB_CONCURRENCY: z.coerce
      .number()
      .int()
      .min(1)
      .max(200)
      .default(16)
      .describe('People worked on at once: a number from 1 to 200.'),
    HUB_LOG_LEVEL: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('How much is logged: debug, info, warn or error.'),
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
  })
  .refine((hub) => hub.HUB_LEASE_SECONDS >= 2 * hub.HUB_OUTBOUND_SECONDS, {
    path: ['HUB_LEASE_SECONDS'],
    error: 'is not longer than two calls to a vendor: a worker could still be writing when its lease ends',
  })

export type HubSettings = z.output<typeof hubSettings>
