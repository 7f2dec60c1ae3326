import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { listOperations, type Operation, readDocument, setApiStage } from '../../support/api.ts'
import { newEvent } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
const stage = await setApiStage(sql)
const operations = listOperations(await readDocument(stage.api))
const seed = Number(process.env.FUZZ_SEED ?? 20_261_128)
const runsPerRoute = 60

let known: string[] = []
let cursor = ''
let batch = ''

beforeAll(async () => {
  const events = Array.from({ length: 20 }, (_, i) => newEvent({ person: `00u${i}` }))
  await ingest(sql, [events])
  cursor = String((await stage.ask('/api/v1/deliveries?limit=1')).body.next)
  const body = JSON.stringify({ act: 'replay', name: 'all', filter: { connector: 'auth0' } })
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  batch = String((await stage.ask('/api/v1/batches', 'operator', init)).body.id)
  known = events.flatMap(({ id, deliveries, person }) => [id, deliveries[0]?.id ?? '', person?.id ?? ''])
})

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
function makeFitting({ schema, name, in: where }: Parameter, route: string): fc.Arbitrary<string> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as string[]))
  if (schema.type === 'integer') return fc.integer({ min: 1, max: 200 }).map(String)
  if (schema.type === 'boolean') return fc.boolean().map(String)
  if (schema.format === 'date-time') return fc.constantFrom('1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999+14:00')
  if (name === 'id' && route.includes('/batches/')) return fc.constant(batch)
  if (name === 'id' || where === 'path') return fc.nat(59).map((i) => known[i] ?? '')
  if (name === 'person') return fc.nat(19).map((i) => `00u${i}`)
  if (name === 'event') return fc.constantFrom('user.*', 'user.lifecycle.deactivate')
  if (name === 'cursor') return fc.constant(cursor)
  return fc.string({ minLength: 3, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text))
}

/** The values of a parameter: mostly none or one that fits, now and then an odd one or two. */
function makeValues(one: Parameter, route: string): fc.Arbitrary<readonly string[]> {
  const fitting = makeFitting(one, route)
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
  const pairs = inQuery.map((one) =>
    makeValues(one, operation.path).map((values) => values.map((value) => [one.name, value])),
  )
  const stray = fc.oneof(
    { weight: 9, arbitrary: fc.constant([]) },
    fc.tuple(odd, odd).map((pair) => [pair]),
  )
  return fc
    .tuple(fc.tuple(...inPath.map((one) => makeValues(one, operation.path))), fc.tuple(...pairs, stray))
    .map(([values, query]) => {
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
  const time = fc.constantFrom('2020-01-01T00:00:00Z', '2090-01-01T00:00:00Z', 'soon')
  const fitting = fc.record(
    { reason: fc.oneof(fc.string(), odd), until: time, direction: fc.constantFrom('allow', 'deny') },
    { requiredKeys: [] },
  )
  const text = fc.oneof(
    { weight: 6, arbitrary: fc.record({ reason: fc.string() }).map((one) => JSON.stringify(one)) },
    { weight: 6, arbitrary: fitting.map((one) => JSON.stringify(one)) },
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
