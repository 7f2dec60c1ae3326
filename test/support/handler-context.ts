import type { z } from 'zod'
import type { Settings } from '../../src/core/settings.ts'
import type { AccessRequest, Log, Person } from '../../src/index.ts'
import { makeHttpClient } from '../../src/outbound/http.ts'
import { makeSendByGot } from '../../src/outbound/send-by-got.ts'

type Given = {
  request?: Partial<AccessRequest>
  idempotencyKey?: string
  attempt?: number
  now?: Date
  signal?: AbortSignal
  log?: Log
}

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** What a handler gets of the hub, with the real HTTP client, its settings parsed from texts as at the start. */
export function handlerContext<C extends Settings, Client = undefined>(
  schema: C,
  settings: Record<string, string>,
  given: Given & { client?: Client } = {},
) {
  const { idempotencyKey = 'dlv_1', attempt = 1, log = quiet, client } = given
  const signal = given.signal ?? AbortSignal.timeout(10_000)
  const now = () => given.now ?? new Date()
  return {
    client: client as Client,
    config: schema.parse(settings) as z.output<C>,
    http: makeHttpClient({ timeoutSeconds: 2, send: makeSendByGot(), clock: { now } })({ signal, idempotencyKey }),
    signal,
    attempt,
    idempotencyKey,
    log,
    now,
    request: { ...lenaAsks, ...given.request },
    person: lena,
    timeLeftSeconds: () => 10,
  }
}

/** A request in which everything is there. */
export const lenaAsks: AccessRequest = {
  subject: { email: 'lena.park@acme.test', givenName: 'Lena', familyName: 'Park' },
  application: { id: 'crm', instanceId: null, label: 'CRM' },
  permissions: [{ value: 'billing', label: 'Billing', source: 'MANUAL', target: 'crm-billing' }],
  accessLengthSeconds: 3600,
  until: '2026-11-01T13:00:00.000Z',
  comment: 'For the audit',
  taskUrl: 'https://platform.acme.test/tasks/1',
  fields: undefined,
}

const lena: Person = {
  id: 'per_1',
  source: 'okta',
  authorityId: '00uexampleLENAPARK01',
  state: {
    authorityId: '00uexampleLENAPARK01',
    status: 'ACTIVE',
    access: 'allow',
    statusChangedAt: null,
    emails: ['lena.park@acme.test'],
    logins: ['lena.park@acme.test'],
    readAt: '2026-11-01T12:00:00.000Z',
  },
  emails: ['lena.park@acme.test'],
  spellings: ['lena.park@acme.test'],
  logins: ['lena.park@acme.test'],
  links: [],
  adopted: [],
  othersHolding: async () => [],
  stateOfOther: async () => null,
}
