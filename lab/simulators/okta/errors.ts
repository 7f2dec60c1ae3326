import { randomId } from '../values.ts'

// Okta docs: error codes. Only what this tenant can answer.
const CATALOGUE = {
  E0000001: { status: 400, summary: 'Api validation failed' },
  E0000003: { status: 400, summary: 'The request body was not well-formed.' },
  E0000006: { status: 403, summary: 'You do not have permission to perform the requested action' },
  E0000007: { status: 404, summary: 'Not found' },
  E0000008: { status: 404, summary: 'The requested path was not found' },
  E0000009: { status: 500, summary: 'Internal Server Error' },
  E0000011: { status: 401, summary: 'Invalid token provided' },
  E0000016: { status: 403, summary: 'Activation failed because the user is already active' },
  E0000031: { status: 400, summary: 'Invalid search criteria.' },
  E0000038: { status: 403, summary: "This operation is not allowed in the user's current status." },
  E0000046: { status: 403, summary: 'Deactivate application for user forbidden.' },
  E0000047: { status: 429, summary: 'API call exceeded rate limit due to too many requests.' },
  E0000053: { status: 400, summary: 'Invalid filter' },
} as const

export type OktaErrorCode = keyof typeof CATALOGUE

/** A refusal in Okta's terms; the server turns it into the answer. */
export class OktaFault extends Error {
  readonly code: OktaErrorCode
  readonly causes: string[]

  constructor(code: OktaErrorCode, options: { detail?: string; causes?: string[] } = {}) {
    const { summary } = CATALOGUE[code]
    super(options.detail ? `${summary}: ${options.detail}` : summary)
    this.code = code
    this.causes = options.causes ?? []
  }
}

type ResourceKind = 'User' | 'EventHook' | 'UserGroup' | 'AppInstance' | 'AppUser'

/** The fault for an id that names nothing, in Okta's wording: "Not found: Resource not found: 00u1 (User)". */
export function notFound(id: string, kind: ResourceKind): OktaFault {
  return new OktaFault('E0000007', { detail: `Resource not found: ${id} (${kind})` })
}

export function renderFault(fault: OktaFault): Response {
  const body = {
    errorCode: fault.code,
    errorSummary: fault.message,
    errorLink: fault.code,
    errorId: randomId('oae', 25),
    errorCauses: fault.causes.map((errorSummary) => ({ errorSummary })),
  }
  return Response.json(body, { status: CATALOGUE[fault.code].status })
}

/** The body that Okta sends with a status that a rule of the weather asks for. */
export function renderStatus(status: number): Response {
  const known = Object.entries(CATALOGUE).find(([, entry]) => entry.status === status)
  const fault = new OktaFault(known && isCode(known[0]) ? known[0] : 'E0000009')
  return new Response(renderFault(fault).body, { status, headers: { 'content-type': 'application/json' } })
}

function isCode(code: string): code is OktaErrorCode {
  return code in CATALOGUE
}
