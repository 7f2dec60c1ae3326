import { z } from '@hono/zod-openapi'

// The small schemas of which those of the API are made. What goes out has open sets of words: a newer hub beside this
// one may journal a word that this one does not know, and that must not keep its row from being shown.

/** An ISO time, in UTC. */
export const time = z.string().openapi({ format: 'date-time' })

/** One of these words today; more may come. */
export function openWord(words: readonly string[]) {
  return z.string().openapi({ description: `One of: ${words.join(', ')}. More may come.` })
}

/** A text that a caller gives: without what PostgreSQL refuses in a text. */
export function givenText(longest = 200) {
  return z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { error: 'has a control character' })
}

/**
 * A time that a caller gives, of those that PostgreSQL reads: it takes no zone further from UTC than there are, no year of
 * five digits, and no endless fraction of a second.
 */
export const givenTime = z.iso
  .datetime({ offset: true, abort: true, error: 'is no time such as 2026-05-14T08:30:00Z' })
  .refine((text) => Number(text.slice(0, 4)) >= 1970, { error: 'is a time before 1970' })
  .refine((text) => new Date(text).getUTCFullYear() <= 9999, { error: 'is a time after 9999' })
  .refine((text) => /(?:Z|[+-](?:0\d|1[0-4]):\d\d)$/.test(text), { error: 'is in no zone that there is' })
  .refine((text) => text.length <= 40, { error: 'has more than 40 letters' })

/** So many letters follow a prefix; a person's are the digits of a hash. */
const forms = {
  dlv: '[0-9a-z]{26}',
  evt: '[0-9a-z]{26}',
  tok: '[0-9a-z]{26}',
  ses: '[0-9a-z]{26}',
  lnk: '[0-9a-z]{26}',
  bat: '[0-9a-z]{26}',
  grt: '[0-9a-z]{26}',
  per: '[0-9A-Za-z_]{1,60}',
}

/** The whole id of a thing of the hub's own: the beginning of one could be another's by tomorrow. */
export function givenId(prefix: keyof typeof forms) {
  return z.string().regex(new RegExp(`^${prefix}_${forms[prefix]}$`), { error: `is no whole id: ${prefix}_…` })
}

/** True or false in a query. */
export const givenFlag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .openapi({ type: 'boolean' })

/** Leaves out what was not given, so that an optional field is absent and not undefined. */
export function dropAbsent<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

/** Any JSON that came from outside. */
export const anyJson = z.json().openapi({ type: ['object', 'array', 'string', 'number', 'boolean', 'null'] })

/** Who acted at the authority, as the event says: for people to read. */
export const actor = z
  .object({ id: z.string().nullable(), name: z.string().nullable(), login: z.string().nullable() })
  .openapi('Actor')
