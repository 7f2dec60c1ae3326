/** The four kinds of an inline hook: the handler's key, the URL's segment, the journal's value and the log's. */
export const inlineKinds = ['provision', 'deprovision', 'preapprove', 'validate'] as const

export type InlineKind = (typeof inlineKinds)[number]

/** One thing that is asked for: in the platform's words, and as the connector's own system calls it. */
export type Permission = {
  /** The platform's id of it; empty for the application itself. */
  value: string
  label: string
  /** Where the platform knows it from, such as `OKTA` or `MANUAL`: an open list. */
  source: string
  /** The connector's own name of it, by its allow-list; the value itself where the connector has no list. */
  target: string
}

/** What a request platform asks for, whichever platform it is. */
export type AccessRequest<Fields = undefined> = {
  subject: { email: string; givenName: string | null; familyName: string | null }
  application: { id: string; instanceId: string | null; label: string }
  /** Never empty: an application that is asked for as a whole is one permission with an empty value. */
  permissions: Permission[]
  /** Seconds from when it was sent; null when the access has no end. */
  accessLengthSeconds: number | null
  comment: string | null
  taskUrl: string | null
  /** Intake fields, parsed by the connector's own schema; without a schema they cannot be read. */
  fields: Fields
}

export type Preapproval = { answer: 'approve' } | { answer: 'needs_approval'; reason: string }

export type Validation = { answer: 'accept' } | { answer: 'reject'; message: string }

export function approve(): Preapproval {
  return { answer: 'approve' }
}

/** Not a denial: the request goes to its human approvers, with the reason. */
export function needsApproval(reason: string): Preapproval {
  return { answer: 'needs_approval', reason }
}

export function accept(): Validation {
  return { answer: 'accept' }
}

/** Turns the request down; the requester reads the message. */
export function reject(message: string): Validation {
  return { answer: 'reject', message }
}
