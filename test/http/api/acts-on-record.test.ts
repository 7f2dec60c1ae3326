import { expect, test } from 'vitest'
import type { AuditAct } from '../../../src/core/audit.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { makeId } from '../../../src/core/id.ts'
import { silentLog } from '../../../src/core/log.ts'
import { defaultBatchPolicy } from '../../../src/core/policy.ts'
import { readRouteRoles } from '../../../src/http/api/route-roles.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { defaultBatchTiming, makeBatchWork } from '../../../src/operate/batches/batch-work.ts'
import { applyBatch, pauseBatch } from '../../../src/operate/batches/order-batch.ts'
import { planBatch } from '../../../src/operate/batches/plan-batch.ts'
import { makeBreakGlassLink } from '../../../src/signin/make-link.ts'
import { openSession } from '../../../src/signin/open-session.ts'
import { admin, makeTokenOf, setApiStage } from '../../support/api.ts'
import { makeStubActs } from '../../support/batches.ts'
import { newEvent, personIdOf } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'
import { openTestSession } from '../../support/sessions.ts'

const { sql } = await testDatabase()
const stage = await setApiStage(sql)
const person = personIdOf('okta', '00u1')
const until = new Date(Date.now() + 3_600_000).toISOString()
const why = { reason: 'a test' }

async function setAside(kind: 'sync' | 'on'): Promise<string> {
  const event = newEvent({ kind, hint: 'neutral' })
  await ingest(sql, [[event]])
  const id = event.deliveries[0]?.id ?? ''
  await sql`update hub.delivery set status = 'failed', attempts = 1, next_attempt_at = null where id = ${id}`
  return id
}

async function hold(): Promise<string> {
  await ingest(sql, [[newEvent()]])
  await sql`
    insert into hub.hold (person, connector, direction, why) values (${person}, 'auth0', 'allow', 'brake')
    on conflict (person, connector, direction) do update set brake_order = null`
  return person
}

/** `bySession`: no token may do it. */
type Order = {
  act: AuditAct
  ready(): PromiseLike<string>
  body: object | (() => object)
  bySession?: true
}

const pause = async () => {
  await stage.journal.queue.pause({ id: 'auth0', reason: '401', probeSeconds: 600 })
  return 'auth0'
}
const protect = async () => {
  await stage.journal.orders.protect({ source: 'okta', authorityId: '00u1', until, reason: 'x', ...operator() })
  return hold()
}

const except = async () => {
  await stage.journal.orders.exceptPerson({
    id: makeId('ord'),
    person: await hold(),
    until,
    reason: 'x',
    ...operator(),
  })
  return person
}

async function failedEvent(): Promise<string> {
  const id = await setAside('sync')
  return (await sql<{ event: string }[]>`select event_id as event from hub.delivery where id = ${id}`)[0]?.event ?? ''
}

async function conflict(): Promise<string> {
  const conflicts = [{ target: 'auth0|9', reason: 'locked for another id' }]
  await sql`insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome, changes, conflicts)
    values (${makeId('att')}, ${await setAside('sync')}, 1, 'scheduled', now(), 1, 'held', '[]', ${sql.json(conflicts)})`
  return person
}

async function signIn(): Promise<string> {
  const subject = { issuer: 'https://acme.okta.com', subject: '00u9', person: null, name: null, email: null }
  const life = { idleSeconds: 600, seconds: 600, rolesReadAt: new Date().toISOString() }
  const wish = { ...subject, ...life, role: 'viewer', way: 'oidc' } as const
  return (await openSession({ journal: stage.journal, clock: systemClock }, wish)).id
}

/** A person with nothing open. */
async function settle(authorityId: string): Promise<string> {
  await ingest(sql, [[newEvent({ person: authorityId, hint: 'neutral' })]])
  const settled = personIdOf('okta', authorityId)
  await sql`update hub.delivery set status = 'succeeded', next_attempt_at = null where person = ${settled}`
  return settled
}

async function holdLegally(): Promise<string> {
  const held = await settle('00u6')
  await stage.journal.orders.setLegalHold({ ...operator(), reason: 'x', person: held })
  return held
}

async function callEmergency(): Promise<string> {
  await settle('00u7')
  const wish = { person: { source: 'okta', authorityId: '00u7' }, reason: 'x' }
  return (await makeBreakGlassLink({ journal: stage.journal, clock: systemClock }, admin, wish)).id
}

const facts = { journal: stage.journal, clock: systemClock, policy: defaultBatchPolicy }
const note = { ...operator(), reason: 'x' }
const work = makeBatchWork({
  ...{ ...facts, installed: [], log: silentLog, raiseAlert: async () => {} },
  acts: makeStubActs(() => ({ plan: 'would_change', code: null, changes: [], planHash: 'a' })),
  timing: { ...defaultBatchTiming, yieldsAtMost: 0 },
})
/** Of the batch that was planned last. */
let planHash = ''

async function plan(): Promise<string> {
  await setAside('sync')
  const { id } = await planBatch(facts, { note, name: 'failed', of: { act: 'replay', filter: { status: 'failed' } } })
  while (await work.runTurn(id));
  planHash = (await stage.journal.batches.readBatch(id))?.planHash ?? ''
  return id
}

async function apply(): Promise<string> {
  const id = await plan()
  await applyBatch(facts, { ...note, eyes: 'override', id, planHash, startAt: until })
  return id
}

async function pauseApplied(): Promise<string> {
  const id = await apply()
  await pauseBatch(facts, { ...note, id })
  return id
}

/** How each writing route is asked, about what was made ready for it, and which act it puts on record. */
const orders: Record<string, Order> = {
  'POST /api/v1/deliveries/:id/replay': { act: 'replay', ready: () => setAside('sync'), body: why },
  'POST /api/v1/deliveries/:id/dismiss': { act: 'dismiss', ready: () => setAside('on'), body: why },
  'POST /api/v1/brake/holds/:person/release': { act: 'release', ready: hold, body: { ...why, direction: 'allow' } },
  'POST /api/v1/brake/holds/:person/cancel': { act: 'cancel', ready: hold, body: { ...why, direction: 'allow' } },
  'POST /api/v1/people/:id/protect': { act: 'protect', ready: hold, body: { ...why, until } },
  'POST /api/v1/people/:id/unprotect': { act: 'unprotect', ready: protect, body: why },
  'POST /api/v1/people/:id/legal-hold': { act: 'legal_hold', ready: () => settle('00u6'), body: why },
  'POST /api/v1/people/:id/legal-hold/end': { act: 'legal_hold_ended', ready: holdLegally, body: why },
  'POST /api/v1/people/:id/erase': { act: 'person.erase', ready: () => settle('00u5'), body: why },
  'POST /api/v1/emergencies/:id/review': {
    act: 'emergency_reviewed',
    ready: callEmergency,
    body: why,
    bySession: true,
  },
  'POST /api/v1/people/:id/except': { act: 'except', ready: hold, body: { ...why, until } },
  'POST /api/v1/people/:id/end-exception': { act: 'except_ended', ready: except, body: why },
  'POST /api/v1/people/:id/adopt': { act: 'adopt', ready: conflict, body: { ...why, target: 'auth0|9' } },
  'POST /api/v1/people/:id/resync': { act: 'resync', ready: hold, body: why },
  'POST /api/v1/events/:id/recover': { act: 'recover', ready: failedEvent, body: why },
  'POST /api/v1/brake/expect': { act: 'expect', ready: async () => '', body: { ...why, people: 5, until } },
  'POST /api/v1/connectors/:id/resume': { act: 'resume', ready: pause, body: why },
  'POST /api/v1/batches': {
    act: 'batch.plan',
    ready: () => setAside('sync'),
    body: { ...why, act: 'replay', name: 'all', filter: { status: 'failed' } },
  },
  'POST /api/v1/batches/:id/apply': {
    act: 'batch.apply',
    ready: plan,
    body: () => ({ ...why, planHash, startAt: until }),
  },
  'POST /api/v1/batches/:id/pause': { act: 'batch.pause', ready: apply, body: why },
  'POST /api/v1/batches/:id/resume': { act: 'batch.resume', ready: pauseApplied, body: why },
  'POST /api/v1/batches/:id/cancel': { act: 'batch.cancel', ready: plan, body: why },
  'POST /api/v1/sessions/:id/end': { act: 'session_ended', ready: signIn, body: why },
  'POST /api/v1/tokens': {
    act: 'token_made',
    ready: async () => '',
    body: { ...why, owner: 'ops', name: 'robot', role: 'viewer', days: 1 },
  },
  'POST /api/v1/tokens/:id/revoke': {
    act: 'token_revoked',
    ready: async () => (await makeTokenOf(stage.journal, 'viewer')).token.id,
    body: why,
  },
}

/** Routes that are not asked here, and why. */
const others: Record<string, string> = {
  'POST /api/v1/people/:id/look': 'It writes nothing.',
  'POST /api/v1/reports/leavers/against': 'It writes nothing.',
  'POST /api/v1/sources/:id/resync': 'It needs an authority that lists people: surface.test.ts sees its row.',
}

const writing = readRouteRoles(stage.api)
  .list()
  .filter(({ method, needed }) => method !== 'GET' && needed !== 'public')
  .map(({ method, path }) => `${method} ${path}`)

test('every writing route of the app is in the list of orders, and no other', () => {
  expect([...Object.keys(orders), ...Object.keys(others)].toSorted()).toEqual(writing.toSorted())
})

test.each(Object.entries(orders))(
  '%s leaves its row, with who asked, the way and the request',
  async (route, order) => {
    const [method = '', path = ''] = route.split(' ')
    const about = await order.ready()
    const session = order.bySession && (await openTestSession(stage.journal, { role: 'admin', subject: '00u8' }))
    const cookie = session ? { cookie: session.cookie, 'sec-fetch-site': 'same-origin' } : {}
    const answer = await stage.ask(path.replace(/:\w+/, about), session ? null : 'admin', {
      method,
      headers: { 'content-type': 'application/json', ...cookie },
      body: JSON.stringify(typeof order.body === 'function' ? order.body() : order.body),
    })
    expect([route, answer.status, answer.body]).toMatchObject([route, 200, {}])
    const [token] = (await stage.journal.records.listTokens()).filter(({ name }) => name === 'a admin')
    const asker = session ? { actor: session.account, way: 'console' } : { actor: token?.id, way: 'api' }
    const rows = await sql`
    select actor, role, way, result, reason from hub.audit_entry
    where act = ${order.act} and request_id = ${answer.headers.get('x-request-id')}`
    expect(rows).toMatchObject([{ ...asker, role: 'admin', result: 'done', reason: 'a test' }])
  },
)

test('an order that only two people may give is on record as refused when a token gives it', async () => {
  await ingest(sql, [Array.from({ length: 21 }, (_, i) => newEvent({ hint: 'neutral', person: `00v${i}` }))])
  await sql`update hub.delivery set status = 'failed', attempts = 1, next_attempt_at = null where status = 'pending'`
  const path = `/api/v1/batches/${await plan()}/apply`
  const body = JSON.stringify({ ...why, planHash })
  const headers = { 'content-type': 'application/json' }
  const { status, body: answer } = await stage.ask(path, 'operator', { method: 'POST', headers, body })
  expect([status, answer.code]).toEqual([403, 'needs_two_people'])
  const rows = await sql`select result, facts from hub.audit where act = 'refused'`
  const facts = { what: 'POST /api/v1/batches/:id/apply', code: 'needs_two_people', needed: 'operator' }
  expect(rows).toEqual([{ result: 'refused', facts }])
})

test('no reading route puts anything on record: each is asked where nothing can be added to it', async () => {
  const reading = readRouteRoles(stage.api)
    .list()
    .filter(({ method, needed }) => method === 'GET' && needed !== 'public')
  expect(reading.length).toBeGreaterThan(15)
  await stage.ask('/api/v1/me')
  await sql`alter table hub.audit add constraint nothing_new check (false) not valid`
  try {
    for (const { path } of reading) {
      const { status } = await stage.ask(path.replace(/:\w+/, person))
      expect([path, [200, 400, 404, 409, 422].includes(status)]).toEqual([path, true])
    }
  } finally {
    await sql`alter table hub.audit drop constraint nothing_new`
  }
})
