/** A refusal in Zendesk's shape: `error`, `description`, and for a 422 `details` by field. */
export class ZendeskFault extends Error {
  readonly status: number
  readonly error: string
  readonly details: Record<string, { description: string; error: string }[]> | undefined
  readonly headers: Record<string, string>

  constructor(
    status: number,
    error: string,
    more: {
      description?: string
      details?: Record<string, { description: string; error: string }[]>
      headers?: Record<string, string>
    } = {},
  ) {
    super(more.description ?? error)
    this.status = status
    this.error = error
    this.details = more.details
    this.headers = more.headers ?? {}
  }
}

export function renderFault({ status, error, message, details, headers }: ZendeskFault): Response {
  return Response.json({ error, description: message, ...(details ? { details } : {}) }, { status, headers })
}

export function notFound(): ZendeskFault {
  return new ZendeskFault(404, 'RecordNotFound', { description: 'Not found' })
}

export function forbidden(): ZendeskFault {
  return new ZendeskFault(403, 'Forbidden', { description: 'You do not have access to this page.' })
}

export function invalid(field: string, problem: { description: string; error: string }): ZendeskFault {
  const description = 'Record validation errors'
  return new ZendeskFault(422, 'RecordInvalid', { description, details: { [field]: [problem] } })
}

/** Docs: "Rate limits": 429 with Retry-After in seconds. */
export function tooMany(seconds: number): ZendeskFault {
  const headers = { 'retry-after': String(Math.ceil(seconds)) }
  return new ZendeskFault(429, 'APIRateLimitExceeded', {
    description: 'Number of allowed API requests per minute exceeded',
    headers,
  })
}
