import { randomInt } from 'node:crypto'

export type JsonObject = { [key: string]: unknown }

/** Narrows a parsed body: arrays and null are no objects here, because no vendor body is one of these. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A copy that shares nothing, so that a caller cannot change a tenant's state behind its back. */
export function clone<T>(value: T): T {
  return structuredClone(value)
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** An id as the vendors write them: a telling prefix, then letters and digits up to `length` characters in all. */
export function randomId(prefix: string, length = 20): string {
  let id = prefix
  while (id.length < length) id += ALPHABET[randomInt(ALPHABET.length)]
  return id
}
