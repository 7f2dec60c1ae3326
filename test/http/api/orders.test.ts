import { beforeEach, describe, expect, test } from 'vitest'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { type ApiStage, setApiStage } from '../../support/api.ts'
import { newEvent, personIdOf } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()
let stage: ApiStage

beforeEach(async () => {
  stage = await setApiStage(sql)
  await sql`truncate hub.request_key`
})

type Sent = { as?: Parameters<ApiStage['ask']>[1]; key?: string; body?: unknown; raw?: string }

const send = (path: string, { as = 'operator', key, body = {}, raw }: Sent = {}) =>
  stage.ask(`/api/v1${path}`, as, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
    body: raw ?? JSON.stringify(body),
  })

async function addFailed(facts: Parameters<typeof newEvent>[0] = {}): Promise<string> {
  const event = newEvent({ person: '00u1', hint: 'neutral', ...facts })
  await ingest(sql, [[event]])
  const id = event.deliveries[0]?.id ?? ''
  await sql`update hub.delivery set status = 'failed', attempts = 3, next_attempt_at = null where id = ${id}`
  return id
}

async function addHold(direction: 'deny' | 'allow'): Promise<string> {
  await ingest(sql, [[newEvent({ person: '00u1', hint: direction })]])
  const person = personIdOf('okta', '00u1')
  await sql`insert into hub.hold ${sql({ person, connector: 'auth0', direction, why: 'brake' })}`
  return person
}

const statusOf = async (id: string) =>
  (await sql<{ status: string }[]>`select status from hub.delivery where id = ${id}`)[0]?.status

/** What is on record, the newest first. */
const onRecord = () =>
  sql`select act, actor, role, way, request_id as "requestId" from hub.audit where act <> all ('{token_made,migrate,refused}') order by at desc`

describe('an order of the API', () => {
  test('replays a delivery, and is on record with the token, its role, the way and the request', async () => {
    const id = await addFailed()
    const { status, body, headers } = await send(`/deliveries/${id}/replay`, { body: { reason: 'again' } })
    expect([status, body]).toMatchObject([200, { id, from: 'failed', waitsFor: { for: 'hub' } }])
    expect(await statusOf(id)).toBe('pending')
    const [token] = (await stage.journal.records.listTokens()).filter(({ role }) => role === 'operator')
    expect(await onRecord()).toMatchObject([
      { act: 'replay', actor: token?.id, role: 'operator', way: 'api', requestId: headers.get('x-request-id') },
    ])
  })

  test('dismisses what nobody waits for, and never a lockout', async () => {
    const id = await addFailed({ kind: 'on' })
    expect(await send(`/deliveries/${id}/dismiss`, { body: { reason: 'by mistake' } })).toMatchObject({
      status: 200,
      body: { id, dismissed: true },
    })
    const lockout = await addFailed({ hint: 'deny' })
    expect(await send(`/deliveries/${lockout}/dismiss`, { body: { reason: 'x' } })).toMatchObject({
      status: 422,
      body: { code: 'refused', detail: expect.not.stringContaining('npm run') },
    })
    expect(await statusOf(lockout)).toBe('failed')
  })

  test('releases a held person, and cancels an unblock', async () => {
    const person = await addHold('allow')
    const body = { reason: 'HR says so', direction: 'allow' }
    expect(await send(`/brake/holds/${person}/cancel`, { body })).toMatchObject({ status: 200, body: { people: 1 } })
    expect(await send(`/brake/holds/${person}/release`, { body })).toMatchObject({ status: 200, body: { people: 1 } })
    expect((await onRecord()).map(({ act }) => act)).toEqual(['release', 'cancel'])
    expect(await send(`/brake/holds/${personIdOf('okta', '00u9')}/release`, { body })).toMatchObject({
      status: 404,
      body: { code: 'unknown_person' },
    })
  })

  test('never cancels a lockout: that is not for a token to decide', async () => {
    const person = await addHold('deny')
    for (const body of [{ reason: 'x' }, { reason: 'x', direction: 'deny' }]) {
      expect(await send(`/brake/holds/${person}/cancel`, { as: 'admin', body })).toMatchObject({
        status: 400,
        body: { errors: [{ in: 'body', name: 'direction' }] },
      })
    }
    const allow = await send(`/brake/holds/${person}/cancel`, { body: { reason: 'x', direction: 'allow' } })
    expect([allow.status, allow.body.code]).toEqual([409, 'not_held'])
    expect(await stage.journal.orders.listHolds()).toMatchObject([{ order: null }])
    // Of a person whose unblock was held, and who was denied since: the lockout is what waits.
    await addHold('allow')
    const [held] = await sql`
      update hub.delivery set status = 'held', direction = 'deny', next_attempt_at = null
      where id = (select max(id) from hub.delivery) returning id`
    const both = await send(`/brake/holds/${person}/cancel`, { body: { reason: 'x', direction: 'allow' } })
    expect([both.status, await statusOf(held?.id)]).toEqual([200, 'held'])
    const lockout = await addFailed({ hint: 'deny' })
    expect((await send(`/brake/holds/${lockout}/cancel`, { body: { reason: 'x', direction: 'allow' } })).status).toBe(
      400,
    )
  })

  test('protects a person until a time ahead, and takes them off the list', async () => {
    await addFailed()
    const path = `/people/${personIdOf('okta', '00u1')}`
    const until = new Date(Date.now() + 3_600_000).toISOString()
    expect((await send(`${path}/protect`, { body: { reason: 'the last way in', until } })).status).toBe(200)
    expect(await stage.journal.orders.listProtected()).toMatchObject([
      { authorityId: '00u1', reason: 'the last way in' },
    ])
    const past = await send(`${path}/protect`, { body: { reason: 'x', until: '2020-01-01T00:00:00Z' } })
    expect([past.status, past.body.code]).toEqual([422, 'wrong_until'])
    expect((await send(`${path}/unprotect`)).body).toMatchObject({ wasProtected: true })
    expect((await send(`${path}/unprotect`)).body).toMatchObject({ wasProtected: false })
  })

  test('recovers what failed of one event, and nothing else', async () => {
    const failed = await addFailed()
    const other = await addFailed({ person: '00u2' })
    const [row] = await sql<{ event: string }[]>`select event_id as event from hub.delivery where id = ${failed}`
    expect(await send(`/events/${row?.event}/recover`)).toMatchObject({ status: 200, body: { replayed: [failed] } })
    expect([await statusOf(failed), await statusOf(other)]).toEqual(['pending', 'failed'])
    expect((await send(`/events/${row?.event}/recover`)).body.replayed).toEqual([failed])
    expect(await send(`/events/${row?.event.slice(0, -1)}${row?.event.endsWith('0') ? 1 : 0}/recover`)).toMatchObject({
      status: 404,
      body: { code: 'unknown_event' },
    })
  })

  test('lets a lifted block be until a time ahead, and ends that with a look at the person', async () => {
    await addFailed()
    const path = `/people/${personIdOf('okta', '00u1')}`
    const until = new Date(Date.now() + 3_600_000).toISOString()
    expect((await send(`${path}/end-exception`, { body: { reason: 'x' } })).body).toMatchObject({ wasExcepted: false })
    expect((await send(`${path}/except`, { body: { reason: 'legal', until } })).status).toBe(200)
    expect(await stage.journal.orders.listExceptions()).toMatchObject([{ expired: false, reason: 'legal' }])
    const past = await send(`${path}/except`, { body: { reason: 'x', until: '2020-01-01T00:00:00Z' } })
    expect([past.status, past.body.code]).toEqual([422, 'wrong_until'])
    expect((await send(`${path}/end-exception`, { body: { reason: 'done' } })).body).toMatchObject({
      wasExcepted: true,
    })
    expect(await stage.journal.orders.listExceptions()).toMatchObject([{ expired: true }])
    expect(await sql`select 1 from hub.event where type = 'hub.resync'`).toHaveLength(1)
    expect((await onRecord()).map(({ act }) => act)).toEqual(['except_ended', 'except'])
  })

  test('expects a planned wave, within a week and no more than half of the people', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const expectWave = (body: object) => send('/brake/expect', { body: { reason: 'contracts end', until, ...body } })
    expect((await expectWave({ people: 50 })).body).toEqual({ people: 50, until, direction: 'deny' })
    const gauges = (await stage.ask('/api/v1/brake', 'viewer')).body.gauges
    expect(gauges).toEqual(
      expect.arrayContaining([expect.objectContaining({ expected: expect.objectContaining({ people: 50 }) })]),
    )
    expect((await expectWave({ people: 5000 })).body.code).toBe('refused')
    expect((await expectWave({ people: 5, until: '2090-01-01T00:00:00Z' })).body.code).toBe('refused')
    expect((await onRecord()).map(({ act }) => act)).toEqual(['expect'])
  })

  test('adopts the user that is in conflict, and no other', async () => {
    const id = await addFailed()
    const conflicts = [{ target: 'auth0|9', reason: 'locked for another id' }]
    await sql`insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome, changes, conflicts)
      values ('att_9', ${id}, 1, 'scheduled', now(), 1, 'held', '[]', ${sql.json(conflicts)})`
    const path = `/people/${personIdOf('okta', '00u1')}/adopt`
    const wrong = await send(path, { body: { reason: 'x', target: 'auth0|8' } })
    expect([wrong.status, wrong.body.code]).toEqual([422, 'refused'])
    expect((await send(path, { body: { reason: 'x', target: 'auth0|8', unseen: true } })).status).toBe(400)
    expect((await send(path, { body: { reason: 'hired again', target: 'auth0|9' } })).body).toMatchObject({
      connector: 'auth0',
      target: 'auth0|9',
    })
    expect(await stage.journal.records.listOpenConflicts()).toEqual([])
    expect((await onRecord()).map(({ act }) => act)).toEqual(['adopt'])
  })

  test('looks at one person anew, in one transaction with its row', async () => {
    await addFailed()
    const person = personIdOf('okta', '00u1')
    expect((await send(`/people/${person}/resync`, { body: { reason: 'HR called' } })).body).toEqual({
      id: person,
      queued: true,
    })
    expect(await onRecord()).toMatchObject([{ act: 'resync', way: 'api' }])
    expect(await sql`select 1 from hub.event where type = 'hub.resync'`).toHaveLength(1)
  })

  test('lists no source where no process lives on', async () => {
    const { status, body } = await send('/sources/okta/resync', { body: { reason: 'x' } })
    expect([status, body.code]).toEqual([422, 'refused'])
  })

  test('ends the pause of a connector', async () => {
    await stage.journal.queue.pause({ id: 'auth0', reason: '401', probeSeconds: 600 })
    const body = { reason: 'rotated' }
    expect((await send('/connectors/auth0/resume', { body })).body).toEqual({ id: 'auth0', wasPaused: true })
    expect((await send('/connectors/auth0/resume', { body })).body).toEqual({ id: 'auth0', wasPaused: false })
    expect(await send('/connectors/none/resume', { body })).toMatchObject({
      status: 404,
      body: { code: 'unknown_connector' },
    })
  })

  test('is for operators, and decided before the body is read', async () => {
    const path = `/deliveries/${await addFailed()}/replay`
    for (const as of ['viewer', 'auditor'] as const) expect((await send(path, { as, raw: '{' })).status).toBe(403)
    expect((await send(path, { as: null, raw: '{' })).status).toBe(401)
    expect(await send(path, { raw: '{' })).toMatchObject({ status: 400, body: { code: 'not_json' } })
    expect(await send(path, { raw: JSON.stringify({ reason: 'x'.repeat(70_000) }) })).toMatchObject({
      status: 413,
      body: { code: 'body_too_large' },
    })
    expect((await send(path, { body: { reson: 'x' } })).status).toBe(400)
    expect(await onRecord()).toEqual([])
  })
})

describe('tokens', () => {
  const wish = { owner: 'ben@acme.com', name: 'nightly', role: 'viewer', days: 7 }

  test('are made by an administrator and shown once, kept under no key, and revoked', async () => {
    const made = await send('/tokens', { as: 'admin', key: 'k1', body: wish })
    expect([made.status, made.body]).toMatchObject([
      200,
      { owner: 'ben@acme.com', token: expect.stringMatching(/^bh_/) },
    ])
    const token = String(made.body.token)
    expect((await stage.ask('/api/v1/me', { token })).body).toMatchObject({ role: 'viewer', account: made.body.id })
    expect(await sql`select key from hub.request_key`).toEqual([])
    const listed = await stage.ask('/api/v1/tokens')
    expect(JSON.stringify(listed.body)).not.toContain(token.slice(3))
    const revoke = `/tokens/${String(made.body.id)}/revoke`
    expect((await send(revoke, { as: 'operator' })).status).toBe(403)
    expect((await send(revoke, { as: 'admin', body: { reason: 'sold' } })).body).toMatchObject({ revoked: true })
    expect((await stage.ask('/api/v1/me', { token })).status).toBe(401)
    expect(await send(revoke, { as: 'admin' })).toMatchObject({ status: 404, body: { code: 'unknown_token' } })
  })

  test('are not made for longer than ninety days, nor by others', async () => {
    expect((await send('/tokens', { as: 'admin', body: { ...wish, days: 91 } })).status).toBe(400)
    expect((await send('/tokens', { as: 'operator', body: wish })).status).toBe(403)
    expect((await send('/tokens', { as: 'admin', body: { ...wish, owner: '  ' } })).body.code).toBe('wrong_token_wish')
  })
})

describe('an Idempotency-Key', () => {
  test('has the same request answered as the first time, and nothing done again, refusals too', async () => {
    const id = await addFailed()
    const first = await send(`/deliveries/${id}/replay`, { key: 'k1' })
    await sql`update hub.delivery set status = 'failed', next_attempt_at = null where id = ${id}`
    const second = await send(`/deliveries/${id}/replay`, { key: 'k1' })
    expect([second.status, second.body]).toEqual([first.status, first.body])
    expect(await statusOf(id)).toBe('failed')
    expect(await onRecord()).toHaveLength(1)
    const unknown = `/deliveries/${id.slice(0, -1)}${id.endsWith('0') ? 1 : 0}/replay`
    expect((await send(unknown, { key: 'k2' })).status).toBe(404)
    expect(await send(unknown, { key: 'k2' })).toMatchObject({ status: 404, body: { code: 'unknown_delivery' } })
  })

  test('of another request is refused, and of another token is another key', async () => {
    const id = await addFailed()
    await send(`/deliveries/${id}/replay`, { key: 'k1' })
    expect(await send(`/deliveries/${id}/replay`, { key: 'k1', body: { reason: 'other' } })).toMatchObject({
      status: 422,
      body: { code: 'key_reused' },
    })
    expect((await send(`/deliveries/${id}/replay`, { key: 'k1', as: 'admin', body: { reason: 'x' } })).status).toBe(200)
    expect((await send(`/deliveries/${id}/replay`, { key: 'a b' })).status).toBe(400)
  })

  test('is worked on once, however many bring it at once', async () => {
    const id = await addFailed()
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(`/deliveries/${id}/replay`, { key: 'k1' })))
    expect(answers.map(({ status }) => status)).toEqual(expect.arrayContaining([200]))
    for (const { status, body } of answers)
      expect([status, body.code ?? null]).toEqual(status === 200 ? [200, null] : [409, 'under_way'])
    expect(await onRecord()).toHaveLength(1)
  })

  test('is forgotten after a day, and given back where the hub failed', async () => {
    const id = await addFailed()
    await send(`/deliveries/${id}/replay`, { key: 'k1' })
    await sql`update hub.request_key set at = now() - interval '25 hours'`
    expect((await send(`/deliveries/${id}/replay`, { key: 'k1', body: { reason: 'anew' } })).status).toBe(200)
    expect(await sql`select count(*)::int as count from hub.request_key`).toEqual([{ count: 1 }])
    const down = () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))
    const orders = { ...stage.journal.orders, replay: down }
    const { tokens, journal } = stage
    const broken = await setApiStage(sql, { journal: { ...journal, orders } })
    const again = await addFailed()
    const ask = { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': 'k2' }, body: '{}' }
    expect((await broken.ask(`/api/v1/deliveries/${again}/replay`, 'operator', ask)).status).toBe(503)
    expect(await sql`select key from hub.request_key where key = 'k2'`).toEqual([])
    expect(tokens).toBeDefined()
  })

  test('whose hub died in the act is taken by the same request a minute later', async () => {
    const id = await addFailed()
    await send(`/deliveries/${id}/replay`, { key: 'k1' })
    await sql`update hub.request_key set status = null, answer = null`
    expect((await send(`/deliveries/${id}/replay`, { key: 'k1' })).status).toBe(409)
    await sql`update hub.request_key set at = now() - interval '61 seconds'`
    expect((await send(`/deliveries/${id}/replay`, { key: 'k1' })).status).toBe(200)
  })
})
