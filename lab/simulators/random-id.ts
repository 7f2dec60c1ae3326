import { randomInt } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** An id as the vendors write them: a telling prefix, then letters and digits up to `length` characters in all. */
export function randomId(prefix: string, length = 20): string {
  let id = prefix
  while (id.length < length) id += ALPHABET[randomInt(ALPHABET.length)]
  return id
}
