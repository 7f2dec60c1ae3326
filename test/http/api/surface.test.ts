import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTokenOf } from '../../support/api.ts'
import { eventually } from '../../support/eventually.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../../support/stage.ts'

const db = await testDatabase()
let stage: Stage
let token: string
let operator: string

beforeAll(async () => {
  stage = await setStage({ db })
  token = (await makeTokenOf(stage.hub.journal, 'viewer')).text
  operator = (await makeTokenOf(stage.hub.journal, 'operator')).text
})
afterAll(() => stage[Symbol.asyncDispose]())

const ask = async (path: string) => {
  const answer = await fetch(`${stage.hub.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  return { status: answer.status, body: JSON.parse(await answer.text()) }
}

const order = async (path: string, body: object) => {
  const headers = { authorization: `Bearer ${operator}`, 'content-type': 'application/json' }
  const answer = await fetch(`${stage.hub.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: answer.status, body: JSON.parse(await answer.text()) }
}

const findPerson = async (email: string): Promise<string> =>
  (await ask(`/api/v1/people?search=${email}`)).body.people[0].id

/** Sends a request target as it is written: fetch would tidy it. */
const askRaw = (target: string) =>
  new Promise<string>((resolve, reject) => {
    const { port, hostname } = new URL(stage.hub.url)
    let text = ''
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n\r\n`)
    })
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })

test('a lockout that the hub carried out is read over HTTP: its delivery, its person, how they stand', async () => {
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  await eventually(async () => {
    const { body } = await ask(`/api/v1/deliveries?person=${LENA.email}&status=succeeded`)
    expect(body.deliveries).toMatchObject([{ connector: 'auth0', direction: 'deny', login: expect.any(String) }])
    const shown = await ask(`/api/v1/deliveries/${body.deliveries[0].id}`)
    expect(shown.body.tries.at(-1)).toMatchObject({ outcome: 'succeeded', state: { access: 'deny' } })
  })
  const { body } = await ask(`/api/v1/people?search=${LENA.email}`)
  const person = await ask(`/api/v1/people/${body.people[0].id}`)
  expect(person).toMatchObject({ status: 200, body: { authorityId: LENA.oktaId, standings: [{ code: 'shut' }] } })
  expect(person.body.timeline.map(({ what }: { what: string }) => what)).toEqual(
    expect.arrayContaining(['event', 'attempt', 'change']),
  )
  const { body: listed } = await ask('/api/v1/connectors')
  expect(listed.connectors).toEqual(expect.arrayContaining([expect.objectContaining({ id: 'auth0', installed: true })]))
})

test('a live look says what the authority and the target say now, and writes nothing', async () => {
  const id = await findPerson(LENA.email)
  const counts = () =>
    db.sql`select (select count(*) from hub.event) as events, (select count(*) from hub.attempt) as attempts,
      (select max(state_read_at) from hub.person) as read, (select count(*) from hub.sighting) as sightings`
  const before = await counts()
  const shut = await order(`/api/v1/people/${id}/look`, {})
  expect(shut).toMatchObject({
    status: 200,
    body: { state: { status: 'DEPROVISIONED', access: 'deny' }, connectors: [{ connector: 'auth0', changes: [] }] },
  })
  stage.tenants.auth0.users.patch(LENA.enterpriseUserId, { blocked: false })
  const lifted = await order(`/api/v1/people/${id}/look`, {})
  expect(lifted.body.connectors).toMatchObject([{ connector: 'auth0', direction: 'deny', error: null }])
  expect(lifted.body.connectors[0].changes.length).toBeGreaterThan(0)
  expect(await counts()).toEqual(before)
})

test('a person is looked at anew on an operator’s word, on record with the event that it led to', async () => {
  const id = await findPerson(LENA.email)
  expect(await order(`/api/v1/people/${id}/resync`, { reason: 'HR called' })).toMatchObject({ status: 200 })
  await eventually(() => expect(stage.isShut(LENA.enterpriseUserId)).toBe(true))
  const [row] = await db.sql`select a.role, a.targets, e.type, e.person from hub.audit a
    join hub.event e on e.id = a.facts ->> 'event' where a.act = 'resync'`
  expect(row).toMatchObject({ role: 'operator', targets: [id], type: 'hub.resync', person: id })
})

test('a source is listed beside the request that ordered it, and the order is on record', async () => {
  const first = await order('/api/v1/sources/okta/resync', { reason: 'new hub', full: true })
  expect(first).toMatchObject({ status: 200, body: { mode: 'plan', begun: true } })
  await eventually(async () => {
    const { body } = await ask('/api/v1/sources')
    expect(body.sources).toMatchObject([
      { id: 'okta', resync: { isPossible: true, isRunning: false, fullLookAt: expect.any(String), listings: [] } },
    ])
  })
  const [row] = await db.sql`select facts, reason from hub.audit_entry where act = 'resync' and 'okta' = any(targets)`
  expect(row).toMatchObject({ facts: { mode: 'plan' }, reason: 'new hub' })
  expect(await order('/api/v1/sources/none/resync', { reason: 'x', since: '2026-01-01T00:00:00Z' })).toMatchObject({
    status: 422,
    body: { code: 'refused' },
  })
})

test('the API, the hooks and the document are at one port, each by its path', async () => {
  expect((await ask('/api/v1/me')).body).toMatchObject({ role: 'viewer' })
  expect((await fetch(`${stage.hub.url}/api/openapi.json`)).status).toBe(200)
  expect((await fetch(`${stage.hub.url}/api/v1/me`)).status).toBe(401)
  expect((await stage.hub.post({})).status).toBe(204)
})

test.each(['/hooks/../api/v1/me', '/api/openapi.json/../v1/me', '/api/%2e%2e/api/v1/me', '/api\\..\\metrics'])(
  'a raw target with segments of dots is refused: %s',
  async (target) => {
    expect(await askRaw(target)).toMatch(/^HTTP\/1\.1 400 /)
  },
)

test('an address is taken as it is written: letters in percent are no way past a proxy, and name what they name in it', async () => {
  const status = async (target: string) => (await askRaw(target)).split(' ')[1]
  for (const target of ['/%61pi/v1/me', '/api/v%31/me', '/%6detrics', '/api/v1/m%45']) {
    expect([target, await status(target)]).toEqual([target, '404'])
  }
  const id = await findPerson(LENA.email)
  expect(await status(`/api/v1/people/${id.replace('p', '%70')}`)).toBe('200')
  expect(await status('/hooks/%6Fkta')).toBe(await status('/hooks/okta'))
})

test('requests of the API wait for each other, and keep no hook and no lockout waiting', async () => {
  const flood = Promise.all(Array.from({ length: 200 }, () => ask('/api/v1/deliveries')))
  stage.tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
  const statuses = (await flood).map(({ status, body }) => (status === 503 ? body.code : status))
  expect(statuses.filter((one) => one === 200).length).toBeGreaterThan(100)
  expect(new Set(statuses)).toEqual(new Set([200, 'too_busy']))
  expect((await ask('/api/v1/me')).status).toBe(200)
})
