import { stripVTControlCharacters } from 'node:util'

/**
 * A text from outside on one line and without control characters: a login or an error must not be able to move the
 * operator's cursor, or to colour a failure green.
 */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
}
