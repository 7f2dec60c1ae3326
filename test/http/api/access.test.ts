import postgres from 'postgres'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { makeId } from '../../../src/core/id.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { type ApiStage, setApiStage } from '../../support/api.ts'
import { newEvent, personIdOf } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql, connection } = await testDatabase()
/** As the hub's own pools, which do not ask the server for its types: an array would come out as text. */
const asHub = postgres({ ...connection, max: 4, fetch_types: false, onnotice: () => {} })
afterAll(() => asHub.end({ timeout: 5 }))
let stage: ApiStage

beforeEach(async () => {
  stage = await setApiStage(asHub)
})

const read = async (path: string, as: 'viewer' | 'auditor' = 'viewer') => (await stage.ask(`/api/v1${path}`, as)).body

const permission = { value: 'billing', label: 'Billing', source: 'MANUAL', target: 'role:1' }
const access = JSON.stringify(['crm', 'billing'])

type Step = { kind: string; email?: string; person?: string; minutes: number; settled?: boolean; grants?: string[] }

/** A step of a request, so many minutes after the first, done a minute later. */
async function addStep({ kind, email = 'lena@acme.test', minutes, settled = true, ...rest }: Step): Promise<string> {
  const { person = '00u1', grants } = rest
  const event = newEvent({ person, kind: 'on', type: `inline.${kind}` })
  await ingest(sql, [[event]])
  const id = event.deliveries[0]?.id ?? ''
  const application = { id: 'crm', instanceId: null, label: 'CRM' }
  const subject = { email, givenName: 'Lena', familyName: null }
  const facts = { comment: 'for the audit', taskUrl: null, fields: { floor: 3 }, accessLengthSeconds: 3600 }
  const request = {
    request: { subject, application, permissions: [permission], ...facts },
    source: 'lumos',
    whole: false,
  }
  const at = sql`'2026-05-14T08:00:00Z'::timestamptz + make_interval(mins => ${minutes})`
  await sql`
    update hub.delivery set request = ${sql.json(request)}, accesses = ${[access]}, kind = ${kind}, created_at = ${at},
      settled_at = ${settled ? sql`${at} + interval '1 minute'` : null}, status = ${settled ? 'succeeded' : 'pending'},
      grants = ${grants ?? null} where id = ${id}`
  return id
}

async function addGrant(delivery: string, { until = '2090-01-01T00:00:00Z', endedBy = null as string | null } = {}) {
  const id = makeId('grt')
  const person = personIdOf('okta', '00u1')
  const request = { request: { application: { id: 'crm', instanceId: null, label: 'CRM' } } }
  await sql`
    insert into hub.access_grant (id, person, connector, source, delivery_id, access, permission, request, had_before, until,
      ended_at, ended_by)
    values (${id}, ${person}, 'auth0', 'lumos', ${delivery}, ${access}, ${sql.json(permission)}, ${sql.json(request)}, false,
      ${until}, ${endedBy === null ? null : sql`now()`}, ${endedBy})`
  return id
}

describe('a request of a platform', () => {
  test('is on one page with its questions, its provision and its end, apart from the one before and after it', async () => {
    const first = [await addStep({ kind: 'validate', minutes: 0 }), await addStep({ kind: 'provision', minutes: 2 })]
    const ids = [
      await addStep({ kind: 'validate', minutes: 10 }),
      await addStep({ kind: 'preapprove', minutes: 12 }),
      await addStep({ kind: 'provision', minutes: 14 }),
    ]
    const grant = await addGrant(ids[2] ?? '')
    ids.push(await addStep({ kind: 'deprovision', minutes: 15, grants: [grant] }))
    await addStep({ kind: 'provision', minutes: 15, email: 'omar@acme.test' })
    const again = await addStep({ kind: 'provision', minutes: 20 })
    for (const id of ids) {
      const page = await read(`/requests/${id}`)
      expect((page.steps as { id: string }[]).map((step) => step.id)).toEqual(ids)
      expect(page.grants).toMatchObject([{ id: grant, state: 'standing', application: 'CRM' }])
    }
    const stepsOf = async (id = '') =>
      ((await read(`/requests/${id}`)).steps as { id: string }[]).map((step) => step.id)
    expect([await stepsOf(first[1]), await stepsOf(again)]).toEqual([first, [again]])
  })

  test('is still that of its person when what people are called was deleted', async () => {
    const own = [await addStep({ kind: 'validate', minutes: 0 }), await addStep({ kind: 'provision', minutes: 2 })]
    const other = await addStep({ kind: 'provision', minutes: 3, person: '00u2', email: 'omar@acme.test' })
    const nobody = await addStep({ kind: 'provision', minutes: 4, email: 'zoe@acme.test' })
    await sql`update hub.delivery set person = null where id = ${nobody}`
    await sql`update hub.delivery set request = hub.strip_request(request)`
    const stepsOf = async (id = '') =>
      ((await read(`/requests/${id}`)).steps as { id: string }[]).map((step) => step.id)
    expect([await stepsOf(own[1]), await stepsOf(other), await stepsOf(nobody)]).toEqual([own, [other], [nobody]])
  })

  test('is listed call by call, with what was asked, in pages', async () => {
    const ids = [await addStep({ kind: 'validate', minutes: 0 }), await addStep({ kind: 'provision', minutes: 2 })]
    await ingest(sql, [[newEvent({ person: '00u1' })]])
    const page = await read('/requests?limit=1')
    expect(page.requests).toMatchObject([
      { id: ids[1], application: 'CRM', permissions: [{ target: 'role:1' }], isEnd: false },
    ])
    const next = await read(`/requests?limit=1&cursor=${String(page.next)}`)
    expect(next.requests).toMatchObject([{ id: ids[0], kind: 'validate' }])
    expect((await read('/requests?kind=provision')).requests).toHaveLength(1)
  })

  test('shows what people wrote to an auditor alone', async () => {
    const id = await addStep({ kind: 'provision', minutes: 0 })
    expect(JSON.stringify(await read(`/requests/${id}`))).not.toContain('for the audit')
    expect((await stage.ask(`/api/v1/requests/${id}/data`, 'viewer')).status).toBe(403)
    expect(await read(`/requests/${id}/data`, 'auditor')).toMatchObject({
      comment: 'for the audit',
      fields: { floor: 3 },
    })
  })

  test('that is none is 404', async () => {
    const event = newEvent({ person: '00u1' })
    await ingest(sql, [[event]])
    for (const path of ['', '/data']) {
      expect(await stage.ask(`/api/v1/requests/${event.deliveries[0]?.id}${path}`)).toMatchObject({
        status: 404,
        body: { code: 'unknown_request' },
      })
    }
  })
})

describe('grants', () => {
  test('are listed by person, place and state, in pages', async () => {
    const given = await addStep({ kind: 'provision', minutes: 0 })
    const standing = await addGrant(given)
    const over = await addGrant(given, { until: '2020-01-01T00:00:00Z' })
    const ended = await addGrant(given, { endedBy: 'dlv_1' })
    const list = async (query: string) =>
      ((await read(`/grants?${query}`)).grants as { id: string }[]).map(({ id }) => id)
    expect(await list('person=00u1&connector=auth0&target=role:1')).toEqual(
      [standing, over, ended].toSorted().toReversed(),
    )
    expect([await list('state=standing'), await list('state=over'), await list('state=ended')]).toEqual([
      [standing],
      [over],
      [ended],
    ])
    const page = await read('/grants?limit=2')
    expect([
      ...(page.grants as object[]),
      ...((await read(`/grants?limit=2&cursor=${String(page.next)}`)).grants as object[]),
    ]).toHaveLength(3)
    expect(await list('target=role:2')).toEqual([])
    expect(await stage.ask('/api/v1/grants?person=nobody@acme.test')).toMatchObject({
      body: { code: 'unknown_person' },
    })
  })

  test('are shown one by one from the request to what ends them', async () => {
    const given = await addStep({ kind: 'provision', minutes: 0 })
    const grant = await addGrant(given)
    const end = await addStep({ kind: 'deprovision', minutes: 1, settled: false, grants: [grant] })
    expect(await read(`/grants/${grant}`)).toMatchObject({
      grant: { id: grant, state: 'standing', authorityId: '00u1' },
      event: expect.stringMatching(/^evt_/),
      deliveries: [{ id: given }, { id: end, asked: { isEnd: true } }],
    })
    // Retention deletes what is over: the grant stays, and says what it is.
    const old = await addGrant('dlv_gone', { endedBy: 'dlv_1' })
    expect(await read(`/grants/${old}`)).toMatchObject({ grant: { id: old }, event: null, deliveries: [] })
    expect(await stage.ask(`/api/v1/grants/${makeId('grt')}`)).toMatchObject({
      status: 404,
      body: { code: 'unknown_grant' },
    })
  })
})

test('sources are listed with what rings about them and how their resync stands', async () => {
  stage = await setApiStage(sql, { resyncEverySeconds: 900 })
  await stage.journal.records.recordHeartbeat([{ id: 'okta', heardSecondsAgo: 60 }])
  await sql`update hub.source set lease_until = now() + interval '1 minute', resynced_to = now()`
  const body = await read('/sources')
  expect(body).toMatchObject({
    sources: [{ id: 'okta', alerts: [], resync: { isPossible: false, isRunning: true, dueAt: null, listings: [] } }],
    next: null,
  })
  const [source] = body.sources as { silentSeconds: number }[]
  expect(source?.silentSeconds).toBeGreaterThanOrEqual(60)
})

describe('people', () => {
  test('come in pages, all of them or those of a text, each once', async () => {
    await ingest(sql, [Array.from({ length: 5 }, (_, i) => newEvent({ person: `00u${i}` }))])
    for (let i = 0; i < 5; i++) {
      const person = personIdOf('okta', `00u${i}`)
      for (const kind of ['login', 'email']) {
        await sql`insert into hub.sighting ${sql({ person, kind, connector: 'okta', value: `Lena.${4 - i}@acme.test` })}`
      }
    }
    const readAll = async (query: string) => {
      const found: string[] = []
      for (let cursor = ''; ; ) {
        const page = await read(`/people?limit=2${query}${cursor}`)
        found.push(...(page.people as { authorityId: string }[]).map(({ authorityId }) => authorityId))
        expect(page.more).toBe(page.next !== null)
        if (page.next === null) return found
        cursor = `&cursor=${String(page.next)}`
      }
    }
    expect(await readAll('&search=lena.')).toEqual(['00u4', '00u3', '00u2', '00u1', '00u0'])
    expect(await readAll('&search=lena.2')).toEqual(['00u2'])
    expect((await readAll('')).toSorted()).toEqual(['00u0', '00u1', '00u2', '00u3', '00u4'])
  })

  test('have a timeline in pages, the latest first, with nothing left out and nothing twice', async () => {
    await ingest(sql, [Array.from({ length: 7 }, () => newEvent({ person: '00u1' }))])
    await sql`update hub.event e set received_at = now() - make_interval(mins => n.n::int / 2)
      from (select id, row_number() over (order by id) as n from hub.event) n where n.id = e.id`
    const path = `/people/${personIdOf('okta', '00u1')}/timeline?limit=3`
    const found: { id: string; at: string }[] = []
    for (let cursor = ''; cursor !== 'null'; ) {
      const page = await read(`${path}${cursor === '' ? '' : `&cursor=${cursor}`}`)
      found.push(...(page.entries as { id: string; at: string }[]))
      cursor = String(page.next)
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(7)
    expect(found).toHaveLength(7)
    expect(found.map(({ at }) => at)).toEqual(
      found
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    )
  })

  test('refuse a cursor whose key was made up, and ask the database nothing with it', async () => {
    await ingest(sql, [[newEvent({ person: '00u1' }), newEvent({ person: '00u2' })]])
    const forge = (cursor: unknown, key: string) => {
      const [mark] = JSON.parse(Buffer.from(String(cursor), 'base64url').toString())
      return Buffer.from(JSON.stringify([mark, key])).toString('base64url')
    }
    const { next } = await read('/people?limit=1')
    for (const key of ['', 'x', 'per_1', '\u0000', 'per_1 \u0000', '\ud800']) {
      expect([key, (await stage.ask(`/api/v1/people?limit=1&cursor=${forge(next, key)}`)).body.code]).toEqual([
        key,
        'wrong_cursor',
      ])
    }
    const deliveries = await read('/deliveries?limit=1')
    expect((await stage.ask(`/api/v1/deliveries?cursor=${forge(deliveries.next, '\u0000')}`)).body.code).toBe(
      'wrong_cursor',
    )
  })
})
