import type { Context } from 'hono'
import { isJsonObject, type JsonObject } from '../values.ts'
import { Auth0Fault, invalidBody, invalidQuery } from './errors.ts'

/** The JSON object of a request; a body that is optional may be missing. */
export async function readBody(c: Context, { optional = false } = {}): Promise<JsonObject> {
  const text = await c.req.text()
  if (optional && text === '') return {}
  try {
    const body: unknown = JSON.parse(text)
    if (isJsonObject(body)) return body
  } catch {
    // Whatever could not be parsed is answered like what is no object.
  }
  throw new Auth0Fault(400, 'Invalid request payload JSON format', 'invalid_body')
}

/** The `fields` and `include_fields` parameters: a list of what to show, or of what to hide. */
export function makeProjection(c: Context): (value: JsonObject) => JsonObject {
  const fields = c.req.query('fields')?.split(',')
  if (!fields) return (value) => value
  const include = c.req.query('include_fields') !== 'false'
  return (value) => Object.fromEntries(Object.entries(value).filter(([name]) => fields.includes(name) === include))
}

/** `page` and `per_page`, refused when out of bounds; at most 100 a page. */
export function readPaging(c: Context, { perPage }: { perPage: number }): { page: number; perPage: number } {
  return {
    page: wholeNumber(c, { name: 'page', fallback: 0, from: 0, to: Number.MAX_SAFE_INTEGER }),
    perPage: wholeNumber(c, { name: 'per_page', fallback: perPage, from: 0, to: 100 }),
  }
}

/** One page of a list: bare, or with `include_totals=true` inside an object that counts. */
export function cutPage<T>(c: Context, list: { name: string; items: T[]; perPage: number }): T[] | JsonObject {
  const { page, perPage } = readPaging(c, list)
  const start = page * perPage
  const shown = list.items.slice(start, start + perPage)
  if (c.req.query('include_totals') !== 'true') return shown
  return { start, limit: perPage, total: list.items.length, [list.name]: shown }
}

/** A list of ids in a body, which must hold at least one. */
export function readIds(body: JsonObject, name: string): string[] {
  const ids = body[name]
  if (!Array.isArray(ids)) throw invalidBody(`Missing required property: ${name}`)
  if (ids.length === 0) throw invalidBody(`Array is too short (0), minimum 1 on property ${name}`)
  return ids.map((id) => {
    if (typeof id !== 'string' || id === '') throw invalidBody(`Expected type string on property ${name}`)
    return id
  })
}

/** Checkpoint paging by `from` and `take`: a page and, if there is more, where the next one begins. */
export function cutCheckpointPage<T>(c: Context, items: T[]): { items: T[]; next?: string } {
  const take = wholeNumber(c, { name: 'take', fallback: 50, from: 1, to: 100 })
  const from = wholeNumber(c, { name: 'from', fallback: 0, from: 0, to: items.length })
  const page = { items: items.slice(from, from + take) }
  return from + take < items.length ? { ...page, next: String(from + take) } : page
}

function wholeNumber(c: Context, rule: { name: string; fallback: number; from: number; to: number }): number {
  const text = c.req.query(rule.name)
  if (text === undefined) return rule.fallback
  const value = Number(text)
  if (Number.isInteger(value) && value >= rule.from && value <= rule.to) return value
  throw invalidQuery(`${rule.name}: must be a whole number from ${rule.from} to ${rule.to}`)
}
