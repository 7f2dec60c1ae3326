const clean = /^[\x21-\x7e]{1,200}$/

/**
 * The value when it is short, visible ASCII text, else null. Ids and types are only ever this; a database column
 * or a log line could not hold what else a JSON string can: NUL, half a surrogate pair, a megabyte.
 */
export function cleanText(value: unknown): string | null {
  return typeof value === 'string' && clean.test(value) ? value : null
}
