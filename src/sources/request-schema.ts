import { z } from 'zod'
import type { ReceivedRequest } from '../core/access.ts'

/** Texts go into the journal and to vendors, which refuse a NUL or half of a surrogate pair. */
const text = z
  .string()
  .max(10_000)
  .overwrite((value) => value.toWellFormed().replaceAll('\0', '\ufffd'))

export const optionalText = text.nullish()

/** Ids are compared, so a text that cannot be an id is refused and not repaired. */
export const id = z
  .string()
  .min(1)
  .max(500)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what an id must not have
  .regex(/^[^\u0000-\u001f\u007f\ufffd]+$/)
  .refine((value) => value.isWellFormed())

/** A platform names a person by e-mail alone. The check is loose: only the authority knows whether the e-mail exists. */
export const email = z
  .string()
  .trim()
  .max(254)
  .regex(/^[^\s@"\\<>()[\]:;,]+@[^\s@"\\<>()[\]:;,]+$/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what an address must not have
  .refine((value) => value.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(value))

const century = 100 * 366 * 24 * 3600

/** Whole seconds, given as a number or a numeric text; null or absent: no end. */
export const seconds = z
  .union([
    z.number(),
    z
      .string()
      .trim()
      .regex(/^\d{1,12}(\.\d+)?$/)
      .transform(Number),
  ])
  .pipe(z.number().positive().max(century).overwrite(Math.floor))
  .nullish()

/** Intake fields. A value that nests deeper than PostgreSQL can store is no form that a person filled in. */
export const fields = z.unknown().refine((value) => isShallow(value))

const deepest = 100

function isShallow(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return false
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return true
}

/** The most permissions that one request may ask for. */
export const mostPermissions = 200

/** Parses a request, or names the fields that are wrong, never their values. */
export function readRequest<T>(
  schema: z.ZodType<T>,
  { body, toRequest }: { body: unknown; toRequest(parsed: T): ReceivedRequest },
): { request: ReceivedRequest } | { refused: string } {
  const read = schema.safeParse(body)
  if (read.success) return { request: toRequest(read.data) }
  const fields = [...new Set(read.error.issues.map((issue) => issue.path.map(String).join('.') || 'the body'))]
  return { refused: `Not understood: ${fields.slice(0, 10).join(', ')}.` }
}
