import { afterEach, expect, test } from 'vitest'
import { type OktaTenant, type OktaTenantOptions, startOktaTenant } from '../../../lab/simulators/okta/server.ts'
import {
  CredentialError,
  type ListedPage,
  PermanentError,
  type PersonState,
  RetryAfterError,
} from '../../../src/index.ts'
import { connectOkta } from '../org/client.ts'
import { config } from '../org/config.ts'
import { pauseSeconds } from '../org/paging.ts'
import { listPeople } from './list-people.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

let tenant: OktaTenant
afterEach(() => tenant?.close())

const users = ['ACTIVE', 'DEPROVISIONED', 'SUSPENDED', 'STAGED', 'ACTIVE'].map((status, i) => ({
  id: `00u${i}`,
  status: status as 'ACTIVE',
  profile: { login: `p${i}@acme.test`, email: `p${i}@acme.test`, firstName: 'P', lastName: String(i) },
}))

async function begin(options: OktaTenantOptions = {}) {
  tenant = await startOktaTenant({ users, ...options })
  const parsed = config.parse({ OKTA_ORG_URL: tenant.url, OKTA_API_TOKEN: tenant.token })
  const client = await connectOkta({
    orgUrl: tenant.url,
    credential: parsed,
    scopes: [],
    fetch,
    retry: (attempt) => attempt(),
  })
  const waits: number[] = []
  const wait = async (seconds: number) => void (seconds > 0 && waits.push(seconds))
  const controller = new AbortController()
  const context = { client, config: parsed, signal: controller.signal, log, now: () => new Date(), wait }
  return { context, waits, controller }
}

async function collect(pages: AsyncIterable<ListedPage>): Promise<PersonState[][]> {
  const all: PersonState[][] = []
  for await (const { people } of pages) all.push([...people])
  return all
}

const idsOf = (pages: PersonState[][]) => pages.map((page) => page.map(({ authorityId }) => authorityId))

test('everybody is listed, whatever their status, page by page', async () => {
  const { context } = await begin({ pageSize: 2 })
  const pages = await collect(listPeople(context))
  expect(idsOf(pages)).toEqual([['00u0', '00u1'], ['00u2', '00u3'], ['00u4']])
  expect(pages.flat().map(({ access }) => access)).toEqual(['allow', 'deny', 'deny', 'unchanged', 'allow'])
})

test('from the place behind a page another listing goes on, and the last page has none', async () => {
  const { context } = await begin({ pageSize: 2 })
  const first = await listPeople(context).next()
  if (first.done || first.value.next === undefined) throw new Error('The first page has no place behind it.')
  const rest: ListedPage[] = []
  for await (const page of listPeople({ ...context, after: first.value.next })) rest.push(page)
  expect(idsOf(rest.map(({ people }) => [...people]))).toEqual([['00u2', '00u3'], ['00u4']])
  expect(rest.map(({ next }) => next !== undefined)).toEqual([true, false])
})

test('a place that Okta does not know any more ends the listing as wrong', async () => {
  const { context } = await begin({ pageSize: 2 })
  await expect(collect(listPeople({ ...context, after: '00ugone' }))).rejects.toThrow(PermanentError)
})

test('since a time, only who changed at or after it is listed, the deactivated among them', async () => {
  const { context } = await begin()
  await new Promise((resolve) => setTimeout(resolve, 5))
  const since = new Date().toISOString()
  tenant.users.transition('00u4', 'deactivate')
  const [page] = await collect(listPeople({ ...context, since }))
  expect(page).toMatchObject([{ authorityId: '00u4', status: 'DEPROVISIONED', access: 'deny' }])
})

test('a refused page waits for the reset and goes on where it was', async () => {
  const { context, waits } = await begin({ pageSize: 2 })
  const iterator = listPeople(context)
  await iterator.next()
  tenant.misbehave({ path: '/api/v1/users', status: 429, resetSeconds: 7, times: 2 })
  expect(await iterator.next()).toMatchObject({ value: { people: [{ authorityId: '00u2' }, { authorityId: '00u3' }] } })
  expect(waits).toHaveLength(2)
  for (const seconds of waits) expect(seconds).toBeGreaterThan(5)
})

test('a reset that lies far ahead is not waited for longer than a bucket lasts', async () => {
  const { context, waits } = await begin()
  tenant.misbehave({ path: '/api/v1/users', status: 429, resetSeconds: 86_400, times: 1 })
  await collect(listPeople(context))
  expect(waits).toEqual([65])
})

test('refusals without end are given up', async () => {
  const { context, waits } = await begin()
  tenant.misbehave({ path: '/api/v1/users', status: 429, resetSeconds: 2 })
  await expect(collect(listPeople(context))).rejects.toThrow(RetryAfterError)
  expect(waits).toHaveLength(5)
})

test('a page that failed with a temporary error is asked for again', async () => {
  const { context, waits } = await begin()
  tenant.misbehave({ path: '/api/v1/users', status: 503, times: 1 })
  tenant.misbehave({ path: '/api/v1/users', cut: 'before', times: 1 })
  expect((await collect(listPeople(context))).flat()).toHaveLength(5)
  expect(waits).toEqual([2, 4])
})

test('a refused credential ends the listing at once', async () => {
  const { context, waits } = await begin()
  tenant.credentials.revoke(tenant.token)
  await expect(collect(listPeople(context))).rejects.toThrow(CredentialError)
  expect(waits).toEqual([])
})

test('a question that Okta calls wrong ends the listing at once', async () => {
  const { context, waits } = await begin()
  await expect(collect(listPeople({ ...context, since: '"' }))).rejects.toThrow(PermanentError)
  expect(waits).toEqual([])
})

test('a user who cannot be made out is listed by their id, and hides nobody', async () => {
  const { context } = await begin()
  const headers = new Headers()
  const body = [
    { id: '00uodd', status: 7 },
    { id: '00u1', status: 'ACTIVE', profile: {} },
  ]
  const client = { ...context.client, get: async () => ({ ok: true as const, body, headers }) }
  const [page] = await collect(listPeople({ ...context, client }))
  expect(page).toMatchObject([
    { authorityId: '00uodd', access: 'unknown' },
    { authorityId: '00u1', access: 'allow' },
  ])
})

test.each([
  { what: 'plenty left', limit: 600, remaining: 151, resetIn: 40, waits: 0 },
  { what: 'little left', limit: 600, remaining: 20, resetIn: 40, waits: 2 },
  { what: 'nothing left', limit: 600, remaining: 0, resetIn: 40, waits: 40 },
  { what: 'a reset in the past', limit: 600, remaining: 0, resetIn: -5, waits: 0 },
  { what: 'a reset of nonsense', limit: 600, remaining: 0, resetIn: 4e6, waits: 65 },
])('with $what it waits $waits s before the next page', ({ limit, remaining, resetIn, waits }) => {
  const date = new Date('2026-05-14T08:30:00.000Z')
  const headers = new Headers({
    date: date.toUTCString(),
    'x-rate-limit-limit': String(limit),
    'x-rate-limit-remaining': String(remaining),
    'x-rate-limit-reset': String(date.getTime() / 1000 + resetIn),
  })
  expect(pauseSeconds(headers)).toBe(waits)
})

test('without rate headers it does not wait', () => {
  expect(pauseSeconds(new Headers())).toBe(0)
})

test('an entry without an id is left out, and one with odd fields is judged by its status', async () => {
  const { context } = await begin()
  const body = [null, { status: 'ACTIVE' }, { id: '00u1', status: 'ACTIVE', profile: { email: 7, login: null } }]
  const client = { ...context.client, get: async () => ({ ok: true as const, body, headers: new Headers() }) }
  const [page] = await collect(listPeople({ ...context, client }))
  expect(page).toMatchObject([{ authorityId: '00u1', access: 'allow', emails: [] }])
})

test('a refusal of one page is tried again, and ends no credential', async () => {
  const { context, waits } = await begin()
  tenant.misbehave({ path: '/api/v1/users', status: 403, times: 2 })
  expect((await collect(listPeople(context))).flat()).toHaveLength(5)
  expect(waits).toEqual([2, 4])
})

test('two limits in one answer slow the listing down by the one that is nearly used up (case 12)', () => {
  const date = new Date('2026-05-14T08:30:00.000Z')
  const headers = new Headers({ date: date.toUTCString() })
  for (const [name, value] of [
    ['limit', '600'],
    ['limit', '50'],
    ['remaining', '500'],
    ['remaining', '5'],
    ['reset', String(date.getTime() / 1000 + 10)],
    ['reset', String(date.getTime() / 1000 + 40)],
  ] as const)
    headers.append(`x-rate-limit-${name}`, value)
  expect(pauseSeconds(headers)).toBe(8)
})
