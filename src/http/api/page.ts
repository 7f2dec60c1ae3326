import { z } from '@hono/zod-openapi'
import { sha256, toHex } from '../../core/crypto.ts'
import { ApiProblem } from './problems.ts'

const mostPerPage = 200

/** The parameters of every list that comes in pages. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, { error: `is no whole number from 1 to ${mostPerPage}` })
    .transform(Number)
    .refine((limit) => limit <= mostPerPage, { error: `is more than ${mostPerPage}` })
    .default(50)
    .openapi({
      type: 'integer',
      minimum: 1,
      maximum: mostPerPage,
      default: 50,
      description: `How many at most: 1 to ${mostPerPage}.`,
    }),
  cursor: z
    .string()
    .max(2000)
    .optional()
    .openapi({ description: '`next` of the page before, with the same filters. Its form means nothing to others.' }),
}

/** `next` of a list: null on the last page. */
export const nextCursor = z
  .string()
  .nullable()
  .openapi({ description: '`cursor` of the next page; null: there is no more.' })

/** Which list a cursor is of: its name, and all that was asked of it but the place and the size of a page. */
type Listing = { list: string; filter: Readonly<Record<string, unknown>> }

/** Where the next page begins, as a text that only the same list with the same filters takes. */
export function writeCursor(listing: Listing, key: string | null): string | null {
  return key === null ? null : toBase64Url(JSON.stringify([markOf(listing), key]))
}

/**
 * The key at which a page begins; undefined: at the first. A cursor of another list is refused, and one that was made up
 * with a key that is none: `form` says what a key looks like where not every text is one.
 */
export function readCursor(listing: Listing, cursor: string | undefined, form = /^[^\0]*$/): string | undefined {
  if (cursor === undefined) return undefined
  const read = cursorSchema.safeParse(fromBase64Url(cursor))
  if (read.success && read.data[0] === markOf(listing) && form.test(read.data[1])) return read.data[1]
  throw new ApiProblem(
    'wrong_cursor',
    'The cursor is not one of this list with these filters. Begin at the first page.',
  )
}

const cursorSchema = z.tuple([z.string(), z.string().refine((key) => key.isWellFormed())])

function markOf({ list, filter: { limit: _, cursor: __, ...filter } }: Listing): string {
  const sorted = Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1))
  return toHex(sha256(new TextEncoder().encode(JSON.stringify([list, sorted])))).slice(0, 16)
}

function toBase64Url(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64Url(text: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
      letter.charCodeAt(0),
    )
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return null
  }
}

type PageQuery = { limit: number; cursor?: string | undefined }

/**
 * A page of a list that is read whole, in the order of its keys, which must be unique: what is added or goes between
 * two pages moves nothing past the reader.
 */
export function takePage<Row>(
  rows: readonly Row[],
  { list, query, keyOf }: { list: string; query: PageQuery; keyOf(row: Row): string },
): { rows: Row[]; next: string | null } {
  const listing = { list, filter: query }
  const from = readCursor(listing, query.cursor)
  const keyed = rows.map((row) => ({ key: keyOf(row), row })).sort((a, b) => (a.key < b.key ? -1 : 1))
  const left = from === undefined ? keyed : keyed.filter(({ key }) => key > from)
  const taken = left.slice(0, query.limit)
  const last = left.length > taken.length ? (taken.at(-1)?.key ?? null) : null
  return { rows: taken.map(({ row }) => row), next: writeCursor(listing, last) }
}

/** So many deliveries are looked at for a page of the API where no index leads to those that fit. */
export const mostExamined = 3000
