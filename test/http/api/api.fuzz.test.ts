import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { makeId } from '../../../src/core/id.ts'
import { roles } from '../../../src/core/role.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { listOperations, type Operation, readDocument, setApiStage } from '../../support/api.ts'
import { newEvent } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'
import { makeFitting as makeOfSchema } from '../../support/schema-arbitrary.ts'

const { sql } = await testDatabase()
const stage = await setApiStage(sql)
const operations = listOperations(await readDocument(stage.api))
const seed = Number(process.env.FUZZ_SEED ?? 20_261_128)
const runsPerRoute = 60
const runsBelow = 8

let known: string[] = []
let cursor = ''

beforeAll(async () => {
  const events = Array.from({ length: 20 }, (_, i) => newEvent({ person: `00u${i}` }))
  await ingest(sql, [events])
  cursor = String((await stage.ask('/api/v1/deliveries?limit=1')).body.next)
  known = events.flatMap(({ id, deliveries, person }) => [id, deliveries[0]?.id ?? '', person?.id ?? ''])
  const grant = await addGrant(known[1] ?? '', known[2] ?? '')
  known.push(grant, await addBatch(), 'okta', 'auth0')
})

/** Has every delivery be one of a request, of which this one was granted: returns the grant's id. */
async function addGrant(delivery: string, person: string): Promise<string> {
  const application = { id: 'crm', instanceId: null, label: 'CRM' }
  const permission = { value: 'billing', label: 'Billing', source: 'MANUAL', target: 'role:1' }
  const subject = { email: 'lena@acme.test', givenName: null, familyName: null }
  const facts = { comment: 'please', taskUrl: null, fields: { floor: 3 }, accessLengthSeconds: null }
  const request = {
    request: { subject, application, permissions: [permission], ...facts },
    source: 'lumos',
    whole: false,
  }
  const access = JSON.stringify(['crm', 'billing'])
  const id = makeId('grt')
  await sql`update hub.delivery set request = ${sql.json(request)}, accesses = ${[access]}`
  await sql`
    insert into hub.access_grant (id, person, connector, source, delivery_id, access, permission, request, had_before)
    values (${id}, ${person}, 'auth0', 'lumos', ${delivery}, ${access}, ${sql.json(permission)}, ${sql.json(request)}, false)`
  return id
}

async function addBatch(): Promise<string> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const wish = { act: 'replay', name: 'what failed', filter: { connector: 'auth0' } }
  return String((await stage.ask('/api/v1/batches', 'admin', { ...init, body: JSON.stringify(wish) })).body.id)
}

/** Texts that parsers, databases and URLs trip over. */
const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 300 }),
  fc.constantFrom(
    '',
    '\u0000',
    '\u202e',
    "'; drop table hub.token; --",
    '%',
    '%zz',
    '*',
    '\\',
    '__proto__',
    '9'.repeat(400),
  ),
  fc.constantFrom('1', '200', '2026-05-14T08:30:00Z', '9999-12-31T23:59:59Z', '2026-05-14T08:30:00+14:00', 'null'),
)

type Parameter = Operation['parameters'][number]

/** A value that fits the schema of a parameter. */
function makeFitting({ schema, name, in: where }: Parameter): fc.Arbitrary<string> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as string[]))
  if (schema.type === 'integer') return fc.integer({ min: 1, max: 200 }).map(String)
  if (schema.type === 'boolean') return fc.boolean().map(String)
  if (schema.format === 'date-time') return fc.constantFrom('1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999+14:00')
  if (name === 'id' || where === 'path') return fc.nat(known.length - 1).map((i) => pickKnown(schema, i))
  if (name === 'person') return fc.nat(19).map((i) => `00u${i}`)
  if (name === 'event') return fc.constantFrom('user.*', 'user.lifecycle.deactivate')
  if (name === 'cursor') return fc.constant(cursor)
  return fc.string({ minLength: 3, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text))
}

/** An id that the journal has, of the form that the parameter has: `^dlv_…`. */
function pickKnown({ pattern }: Parameter['schema'], i: number): string {
  const form = new RegExp(typeof pattern === 'string' ? pattern : '')
  const fitting = known.filter((id) => form.test(id))
  return (i % 4 === 0 ? known[i] : fitting[i % fitting.length]) ?? known[i] ?? ''
}

/** The values of a parameter: mostly none or one that fits, now and then an odd one or two. */
function makeValues(one: Parameter): fc.Arbitrary<readonly string[]> {
  const fitting = makeFitting(one)
  return fc.oneof(
    { weight: one.required ? 0 : 12, arbitrary: fc.constant([]) },
    { weight: 8, arbitrary: fitting.map((value) => [value]) },
    { weight: 1, arbitrary: odd.map((value) => [value]) },
    { weight: one.in === 'path' ? 0 : 1, arbitrary: fc.tuple(fitting, fitting) },
  )
}

/** A request to a route, now and then with a parameter that nobody knows. */
function makeRequest(operation: Operation): fc.Arbitrary<string> {
  const inQuery = operation.parameters.filter((one) => one.in === 'query')
  const inPath = operation.parameters.filter((one) => one.in === 'path')
  const pairs = inQuery.map((one) => makeValues(one).map((values) => values.map((value) => [one.name, value])))
  const stray = fc.oneof(
    { weight: 9, arbitrary: fc.constant([]) },
    fc.tuple(odd, odd).map((pair) => [pair]),
  )
  return fc.tuple(fc.tuple(...inPath.map(makeValues)), fc.tuple(...pairs, stray)).map(([values, query]) => {
    const path = inPath.reduce(
      (text, { name }, i) => text.replace(`{${name}}`, () => write(values[i]?.[0] ?? '')),
      operation.path,
    )
    const search = query.flat().map(([name = '', value = '']) => `${write(name)}=${write(value)}`)
    return search.length > 0 ? `${path}?${search.join('&')}` : path
  })
}

/** What comes with a request: of an order a body, by its schema or beside it, and now and then a key. */
function makeInit({ method, body }: Operation): fc.Arbitrary<RequestInit> {
  if (!body) return fc.constant({ method })
  const fitting = makeOfSchema(schemaOf(body))
  const altered = fc
    .tuple(fitting, odd, fc.oneof(odd, fc.jsonValue()))
    .map(([one, name, value]) => ({ ...(one as object), [name]: value }))
  const text = fc.oneof(
    { weight: 10, arbitrary: fitting.map((one) => JSON.stringify(one)) },
    { weight: 2, arbitrary: altered.map((one) => JSON.stringify(one)) },
    { weight: 1, arbitrary: fc.jsonValue().map((one) => JSON.stringify(one)) },
    { weight: 1, arbitrary: odd },
  )
  const type = fc.constantFrom('application/json', 'application/json', 'text/plain', 'application/json; charset=x')
  const key = fc.option(fc.constantFrom('k1', 'k2', 'k 3'), { freq: 3 })
  return fc.tuple(text, type, key).map(([sent, contentType, word]) => ({
    method,
    body: sent,
    headers: { 'content-type': contentType, ...(word === null ? {} : { 'idempotency-key': word }) },
  }))
}

function schemaOf(body: Record<string, unknown>): Record<string, unknown> {
  const content = body.content as Record<string, { schema: Record<string, unknown> }>
  return content['application/json']?.schema ?? {}
}

/** As a URL has it; half a surrogate pair, which none can have, and what begins no escape are left as they are. */
function write(text: string): string {
  return text.isWellFormed() && text !== '%' && text !== '%zz' ? encodeURIComponent(text) : text
}

test.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
  '%s answers whatever it is asked as its document says, and never with a 500',
  async (_name, operation) => {
    const seen = new Set<number>()
    await fc.assert(
      fc.asyncProperty(makeRequest(operation), makeInit(operation), async (path, init) => {
        // `ask` throws where the answer is not as the document says.
        const { status } = await stage.ask(path, 'admin', init)
        expect([200, 400, 404, 409, 422], path).toContain(status)
        seen.add(status)
      }),
      { numRuns: runsPerRoute, seed },
    )
    expect([...seen]).toContain(400)
    if (operation.method === 'GET') expect([...seen]).toContain(200)
  },
  60_000,
)

/** The role just below that of an operation; null: nobody is. */
const roleBelow = ({ role }: Operation) => roles[roles.indexOf(role) - 1] ?? null

test.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
  '%s does nothing for who has no role for it, whatever they ask',
  async (_name, operation) => {
    const acts = async () => (await sql`select count(*)::int as count from hub.audit where act <> 'refused'`)[0]?.count
    const before = await acts()
    const as = roleBelow(operation)
    await fc.assert(
      fc.asyncProperty(makeRequest(operation), makeInit(operation), async (path, init) => {
        const { status } = await stage.ask(path, as, init)
        // An odd id may lead to another address, or to none.
        expect(as === null ? [401] : [403, 404, 405], path).toContain(status)
      }),
      { numRuns: runsBelow, seed },
    )
    expect(await acts()).toBe(before)
  },
  60_000,
)

test('a token of any form is refused, and asked for in the journal only where it has the form of one', async () => {
  const header = fc.oneof(
    odd.filter((text) => /^[\x20-\x7e]*$/.test(text)),
    fc.stringMatching(/^Bearer bh_[0-9a-f]{64}$/),
    fc.stringMatching(/^(Bearer|Basic|bearer) [!-~]{0,80}$/),
  )
  await fc.assert(
    fc.asyncProperty(header, async (authorization) => {
      const { status, body } = await stage.ask('/api/v1/me', null, { headers: { authorization } })
      expect([status, body.code]).toEqual([401, 'wrong_token'])
    }),
    { numRuns: 200, seed },
  )
})
