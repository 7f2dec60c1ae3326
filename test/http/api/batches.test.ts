import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLog } from '../../../src/core/log.ts'
import { defaultBatchPolicy } from '../../../src/core/policy.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { makeBatchWork } from '../../../src/operate/batches/batch-work.ts'
import { makePlannedActs } from '../../../src/operate/batches/planned-acts.ts'
import { makeBreakGlassLink } from '../../../src/signin/make-link.ts'
import { useLink } from '../../../src/signin/use-link.ts'
import { type ApiStage, admin, setApiStage } from '../../support/api.ts'
import { newEvent } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'
import { openTestSession } from '../../support/sessions.ts'

const { sql } = await testDatabase()
const site = 'https://hub.example.com'
let stage: ApiStage
let id: string
let planHash: string

type Sent = { as?: Parameters<ApiStage['ask']>[1]; cookie?: string; body?: unknown }

const send = (path: string, { as = 'operator', cookie, body = {} }: Sent = {}) =>
  stage.ask(`${site}/api/v1/batches${path}`, cookie === undefined ? as : null, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...(cookie ? { cookie } : {}) },
    body: JSON.stringify(body),
  })

/** Twenty-one people, each with an event that a handler of one's own takes. */
beforeEach(async () => {
  stage = await setApiStage(sql)
  const events = Array.from({ length: 21 }, (_, i) => newEvent({ person: `00u${i}`, kind: 'on', hint: 'neutral' }))
  await ingest(sql, [events])
  const made = await send('', { body: { act: 'replay', name: 'all', filter: { kind: 'on' } } })
  expect(made).toMatchObject({ status: 200, body: { state: 'planned', count: 21, people: 21, planHash: null } })
  id = String(made.body.id)
  const facts = { journal: stage.journal, installed: [], clock: systemClock }
  const more = { acts: makePlannedActs(facts), policy: defaultBatchPolicy, raiseAlert: async () => {}, log: silentLog }
  while (await makeBatchWork({ ...facts, ...more }).runTurn());
  planHash = String((await stage.ask(`/api/v1/batches/${id}`, 'viewer')).body.planHash)
})

const apply = (sent: Sent = {}) => send(`/${id}/apply`, { ...sent, body: { reason: 'mended', planHash } })

describe('a batch over HTTP', () => {
  test('has its rows in pages', async () => {
    const first = await stage.ask(`/api/v1/batches/${id}/rows?limit=20&plan=cannot_tell`, 'viewer')
    expect(first.body.rows).toMatchObject([{ ordinal: 1, code: 'handler', result: null }, ...Array(19).fill({})])
    const cursor = encodeURIComponent(String(first.body.next))
    const second = await stage.ask(`/api/v1/batches/${id}/rows?limit=20&plan=cannot_tell&cursor=${cursor}`, 'viewer')
    expect(second.body).toMatchObject({ rows: [{ ordinal: 21 }], next: null })
    expect((await stage.ask('/api/v1/batches', 'viewer')).body).toMatchObject({ batches: [{ id }], next: null })
    const none = await stage.ask(`/api/v1/batches/${id.slice(0, -4)}0000/rows`, 'viewer')
    expect(none).toMatchObject({ status: 404, body: { code: 'unknown_batch' } })
  })

  test('refuses a cursor of its rows that was made up', async () => {
    const rows = `/api/v1/batches/${id}/rows?limit=1`
    const { next } = (await stage.ask(rows, 'viewer')).body
    const [mark] = JSON.parse(Buffer.from(String(next), 'base64url').toString()) as string[]
    for (const key of ['x', '-1', '1e3', '9'.repeat(20), '']) {
      const cursor = Buffer.from(JSON.stringify([mark, key])).toString('base64url')
      const answer = await stage.ask(`${rows}&cursor=${cursor}`, 'viewer')
      expect(answer, key).toMatchObject({ status: 400, body: { code: 'wrong_cursor' } })
    }
  })

  test('of many people is applied by two people, of whom a token is none', async () => {
    expect(await apply()).toMatchObject({ status: 403, body: { code: 'needs_two_people' } })
    expect(await apply({ as: 'admin' })).toMatchObject({ status: 403 })
    const ann = await openTestSession(stage.journal, { role: 'operator', subject: '00u1' })
    expect(await apply({ cookie: ann.cookie })).toMatchObject({ status: 200, body: { approvedAt: null } })
    expect(await apply({ cookie: ann.cookie })).toMatchObject({ status: 403, body: { code: 'needs_two_people' } })
    const ben = await openTestSession(stage.journal, { role: 'operator', subject: '00u2' })
    expect(await apply({ cookie: ben.cookie })).toMatchObject({
      status: 200,
      body: { state: 'waiting', approvedAt: expect.any(String), overridden: false },
    })
    expect(await send(`/${id}/pause`)).toMatchObject({ status: 200, body: { state: 'paused' } })
    expect(await send(`/${id}/pause`)).toMatchObject({ status: 409, body: { code: 'wrong_state' } })
    expect(await send(`/${id}/cancel`, { as: 'viewer' })).toMatchObject({ status: 403 })
    expect(await send(`/${id}/cancel`)).toMatchObject({ status: 200, body: { state: 'cancelled' } })
  })

  test('is applied by one alone with an emergency link, which is said of it', async () => {
    const needs = { journal: stage.journal, clock: systemClock }
    const person = { source: 'okta', authorityId: '00u1' }
    const { text } = await makeBreakGlassLink(needs, admin, { person, reason: 'all are away' })
    const opened = await useLink(needs, { kind: 'break_glass', text, requestId: 'req_1' })
    const cookie = `__Host-bellhop=${opened?.secret ?? ''}`
    expect(await apply({ cookie })).toMatchObject({ status: 200, body: { state: 'waiting', overridden: true } })
  })

  test('is refused another plan than the one that was looked at', async () => {
    const body = { reason: 'mended', planHash: 'f'.repeat(64) }
    expect(await send(`/${id}/apply`, { body })).toMatchObject({ status: 409, body: { code: 'other_plan' } })
    const nothing = { act: 'replay', name: 'none', filter: { status: 'held' } }
    expect(await send('', { body: nothing })).toMatchObject({ status: 422, body: { code: 'empty_batch' } })
    expect(await send('', { body: { act: 'replay', name: 'all' } })).toMatchObject({ body: { code: 'empty_filter' } })
    const some = { act: 'release', name: 'of auth0', direction: 'deny', filter: { connector: 'auth0' } }
    expect(await send('', { body: some })).toMatchObject({ status: 422, body: { code: 'refused' } })
  })

  test('is of people, of grants or of conflicts too, each picked by words of its own', async () => {
    const until = new Date(Date.now() + 60_000).toISOString()
    const protect = { act: 'protect', name: 'break glass', filter: { people: ['00u1', '00u2'] }, until }
    expect(await send('', { body: protect })).toMatchObject({ status: 200, body: { count: 2, terms: { until } } })
    expect(await send('', { body: { ...protect, until: undefined } })).toMatchObject({ body: { code: 'wrong_until' } })
    const grants = { act: 'end_grant', name: 'over', filter: { connector: 'github' } }
    expect(await send('', { body: grants })).toMatchObject({ status: 422, body: { code: 'empty_batch' } })
    const wrong = { act: 'adopt', name: 'all', filter: { status: 'held' } }
    expect(await send('', { body: wrong })).toMatchObject({ status: 422, body: { code: 'refused' } })
    expect(await send('', { body: { act: 'release', name: 'all' } })).toMatchObject({ body: { code: 'empty_filter' } })
  })
})
