import type { Context } from 'hono'
import { isJsonObject, type JsonObject } from '../values.ts'

const DOCS = 'https://docs.github.com/rest'

type FieldError = { resource: string; field: string; code: string; message?: string }

/** A refusal in GitHub's shape: `message`, `documentation_url`, `status`, and for a 422 what is wrong with each field. */
export class GitHubFault extends Error {
  readonly status: number
  readonly errors: FieldError[] | undefined
  readonly headers: Record<string, string>

  constructor(status: number, message: string, more: { errors?: FieldError[]; headers?: Record<string, string> } = {}) {
    super(message)
    this.status = status
    this.errors = more.errors
    this.headers = more.headers ?? {}
  }
}

export function renderFault({ status, message, errors, headers }: GitHubFault): Response {
  const body = { message, ...(errors ? { errors } : {}), documentation_url: DOCS, status: String(status) }
  return Response.json(body, { status, headers: { 'x-ratelimit-remaining': '4999', ...headers } })
}

export function notFound(): GitHubFault {
  return new GitHubFault(404, 'Not Found')
}

export function notAccessible(): GitHubFault {
  return new GitHubFault(403, 'Resource not accessible by personal access token')
}

/** Docs: "Rate limits for the REST API": a primary limit is 403 or 429 with the reset, a secondary one with retry-after. */
export function secondaryLimit(seconds: number): GitHubFault {
  return new GitHubFault(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    {
      headers: { 'retry-after': String(Math.ceil(seconds)) },
    },
  )
}

export function primaryLimit(seconds: number): GitHubFault {
  const reset = Math.ceil(Date.now() / 1000 + seconds)
  return new GitHubFault(429, 'API rate limit exceeded for installation ID 1.', {
    headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset), date: new Date().toUTCString() },
  })
}

/** The JSON object of a request. */
export async function readBody(c: Context): Promise<JsonObject> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (isJsonObject(body)) return body
  throw new GitHubFault(400, 'Problems parsing JSON')
}

/** One page, by `per_page` (30, at most 100) and `page`. */
export function cutPage<T>(c: Context, items: readonly T[]): T[] {
  const perPage = Math.min(Number(c.req.query('per_page') ?? 30), 100)
  const page = Number(c.req.query('page') ?? 1)
  return items.slice((page - 1) * perPage, page * perPage)
}
