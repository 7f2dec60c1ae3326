const REASONS: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** A refusal of the Management API; the server turns it into the answer. */
export class Auth0Fault extends Error {
  readonly status: number
  readonly errorCode: string | undefined

  constructor(status: number, message: string, errorCode?: string) {
    super(message)
    this.status = status
    this.errorCode = errorCode
  }
}

/** A refusal in OAuth's terms, as the token and the login endpoint give it. */
export class OAuthFault extends Error {
  readonly status: number
  readonly error: string

  constructor(status: number, error: string, description: string) {
    super(description)
    this.status = status
    this.error = error
  }
}

export function invalidBody(problem: string): Auth0Fault {
  return new Auth0Fault(400, `Payload validation error: '${problem}'.`, 'invalid_body')
}

export function invalidQuery(problem: string): Auth0Fault {
  return new Auth0Fault(400, `Query validation error: '${problem}'.`, 'invalid_query_string')
}

export function renderFault(fault: Auth0Fault | OAuthFault): Response {
  const { status, message } = fault
  if (fault instanceof OAuthFault) return Response.json({ error: fault.error, error_description: message }, { status })
  const { errorCode } = fault
  const error = REASONS[status] ?? 'Error'
  return Response.json({ statusCode: status, error, message, ...(errorCode ? { errorCode } : {}) }, { status })
}

export function tooManyRequests(): Auth0Fault {
  return new Auth0Fault(429, 'Global limit has been reached', 'too_many_requests')
}
