/** The four kinds of an inline hook: the handler's key, the URL's segment, the journal's value and the log's. */
export const inlineKinds = ['provision', 'deprovision', 'preapprove', 'validate'] as const

export type InlineKind = (typeof inlineKinds)[number]

/** What a request platform asks for, whichever platform it is. Served by a later part of the hub. */
export type AccessRequest<Fields = undefined> = {
  subject: { email: string; givenName: string | null; familyName: string | null }
  application: { id: string; instanceId: string | null; label: string }
  permissions: { label: string; value: string; source: string }[]
  /** Null when the access has no end. */
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
