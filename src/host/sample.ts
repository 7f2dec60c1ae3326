import { type AccessRequest, endOf, type Grantable, type Permission, targetOf, targetsOf } from '../core/access.ts'
import type { Connector } from '../core/connector.ts'
import { foldEmail } from '../core/email.ts'
import { PermanentError, UsageError } from '../core/errors.ts'
import type { Json } from '../core/json.ts'
import type { Person } from '../core/person.ts'
import type { RequestCall } from './context.ts'

// Harmless samples around what a test, or somebody who tries a connector out, has given.

/** An access request as far as a test cares for it. */
export type GivenRequest = {
  subject?: Partial<AccessRequest['subject']>
  application?: Partial<AccessRequest['application']>
  /** Without a `target` the connector's allow-list says what it is; left out altogether, all that the list allows is asked for. */
  permissions?: readonly Partial<Permission>[]
  accessLengthSeconds?: number | null
  comment?: string | null
  taskUrl?: string | null
  /** As a platform sends them: null, `{ prompt, response }` in a list, or an object. The connector's schema parses them. */
  fields?: unknown
}

type SampleOptions = {
  given: GivenRequest
  config: Record<string, unknown>
  now: () => Date
}

/** Makes a whole request around what is given: a person at example.com asks for access without an end. */
export function sampleRequest(connector: Connector, { given, config, now }: SampleOptions): RequestCall['asked'] {
  const { accessLengthSeconds = null } = given
  const list = connector.grants?.({ config })
  const id = given.application?.id ?? Object.keys(list ?? {})[0] ?? 'sample-app'
  return {
    subject: { email: 'sam.sample@example.com', givenName: 'Sam', familyName: 'Sample', ...given.subject },
    application: { id, instanceId: null, label: 'Sample application', ...given.application },
    permissions: permissionsOf(given.permissions ?? everythingIn(list, id), { list, application: id }),
    accessLengthSeconds,
    until: endOf({ accessLengthSeconds }, now()),
    comment: given.comment ?? null,
    taskUrl: given.taskUrl ?? null,
    fields: (given.fields ?? null) as Json,
  }
}

type SamplePersonOptions = { subject: AccessRequest['subject']; given: Partial<Person>; now: () => Date }

/** Makes the request's subject as the authority knows them: active, and nobody else has the e-mail. */
export function samplePerson({ subject: { email }, given, now }: SamplePersonOptions): Person {
  const authorityId = given.authorityId ?? '00usample'
  const state = {
    ...{ authorityId, status: 'ACTIVE', access: 'allow' as const, statusChangedAt: null },
    ...{ emails: [email], logins: [email], readAt: now().toISOString() },
  }
  return {
    ...{ id: 'per_sample', source: 'okta', authorityId, state, emails: [foldEmail(email)], spellings: [email] },
    ...{ logins: [email], links: [], adopted: [] },
    othersHolding: async () => [],
    stateOfOther: async () => null,
    ...given,
  }
}

type Allowed = { list: Grantable | undefined; application: string }

function everythingIn(list: Grantable | undefined, application: string): readonly Partial<Permission>[] {
  if (list === undefined) return [{}]
  const all = targetsOf(list, application)
  if (all.length > 0) return all
  throw new UsageError({
    what: `The allow-list has nothing of the application "${application}".`,
    why: 'The hub refuses what is not in it, before any handler is called.',
    fix: 'Put it into the setting behind "grants", or give the request permissions with a target.',
  })
}

function permissionsOf(given: readonly Partial<Permission>[], { list, application }: Allowed): Permission[] {
  return given.map((one) => {
    const value = one.value ?? one.target ?? ''
    const target = one.target ?? (list === undefined ? value : targetOf(list, { application, value }))
    if (target === undefined)
      throw new PermanentError(`Nobody allowed the permission "${value}" of the application "${application}".`)
    return { value, label: one.label ?? value, source: one.source ?? 'MANUAL', target }
  })
}
