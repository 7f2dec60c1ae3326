import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { CredentialError, PermanentError } from '../../src/index.ts'
import { until } from '../support/eventually.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()

/** One row of the tables in docs/inline-hooks.md: what is sent and met, what is answered, and what stands afterwards. */
type Row = {
  what: string
  body?: unknown
  settings?: Record<string, string>
  meets?(stage: InlineStage): unknown
  status: number
  code?: string
  answer?: unknown
  /** Of the newest delivery of the kind, once it has settled so. */
  ends?: string
}

const unmapped = lumosBody({ permissions: ['not:listed'] })
const unread = { application: { app_id: 'orbit-admin' } }
const trial = lumosBody({ app: 'demo_app' })
const observing = { HUB_MODE: 'observe' }
const brief = { VAULT_BUDGET_SECONDS: '0.3' }
const two = lumosBody({ permissions: ['billing:operate', 'eu:read'] })
const wrongField = lumosBody({ fields: { floor: 'the roof' } })
const task = lumosBody({ task: 'https://app.lumos.test/tasks?requestId=1' })

const fails =
  (member: string, thrown = new Error('The vault is down.'), times = 3) =>
  ({ vault }: InlineStage) => {
    vault.mischief[member] = Array(times).fill(() => {
      throw thrown
    })
  }
const isSlow =
  (member: string) =>
  ({ vault }: InlineStage) => {
    vault.mischief[member] = [() => sleep(900)]
  }
const refuses = new PermanentError('The vault takes no guests.')
const unauthorised = new CredentialError('token revoked')
const down = ({ tenants }: InlineStage) => tenants.okta.misbehave({ status: 500, times: 50 })

async function play(kind: string, { body = lumosBody(), settings, meets, status, code, answer, ends }: Row) {
  await using stage = await setInlineStage({ db, timing: { probeSeconds: 60 }, ...(settings ? { settings } : {}) })
  await meets?.(stage)
  const response = await stage.ask(kind, body)
  const text = await response.text()
  const said = text === '' ? {} : JSON.parse(text)
  expect([response.status, said.code]).toEqual([status, code])
  if (answer) expect(said).toMatchObject({ output: answer })
  if (!ends) return expect((await db.sql`select 1 from hub.delivery where kind = ${kind}`).length).toBe(0)
  const isThere = async () => {
    const [row] = await db.sql`select status from hub.delivery where kind = ${kind} order by seq desc limit 1`
    return row?.status === ends && row
  }
  await until(isThere)
}

const everywhere: Row[] = [
  { what: 'not understood', body: unread, status: 422, code: 'wrong_request' },
  { what: 'no JSON', body: '{', status: 400, code: 'not_json' },
]

describe('provision', () => {
  test.each<Row>([
    ...everywhere,
    { what: 'done', status: 204, ends: 'succeeded' },
    { what: 'repeated', body: task, meets: ({ ask }) => ask('provision', task), status: 204, ends: 'superseded' },
    { what: 'a trial', body: trial, status: 204, ends: 'succeeded' },
    { what: 'unmapped', body: unmapped, status: 422, code: 'unmapped_request', ends: 'failed' },
    { what: 'for nobody', body: lumosBody({ email: 'x@y.test' }), status: 422, code: 'refused', ends: 'failed' },
    { what: 'refused', meets: fails('provision', refuses), status: 422, code: 'refused', ends: 'failed' },
    { what: 'with a wrong field', body: wrongField, status: 422, code: 'refused', ends: 'failed' },
    {
      what: 'of several, refused',
      body: two,
      meets: fails('provision', refuses),
      status: 422,
      code: 'refused',
      ends: 'failed',
    },
    { what: 'with the authority down', meets: down, status: 503, code: 'too_late', ends: 'superseded' },
    { what: 'with the vendor down', meets: fails('has'), status: 503, code: 'too_late', ends: 'superseded' },
    { what: 'failed at the write', meets: fails('provision'), status: 503, code: 'too_late', ends: 'superseded' },
    {
      what: 'with a refused credential',
      meets: fails('provision', unauthorised),
      status: 503,
      code: 'too_late',
      // It is read back when the credential works again.
      ends: 'uncertain',
    },
    {
      what: 'late, and not begun',
      settings: brief,
      meets: isSlow('has'),
      status: 503,
      code: 'too_late',
      ends: 'superseded',
    },
    {
      what: 'late, and begun',
      settings: brief,
      meets: isSlow('provisioned'),
      status: 503,
      code: 'too_late',
      ends: 'superseded',
    },
    { what: 'observing', settings: observing, status: 503, code: 'observing', ends: 'superseded' },
    {
      what: 'unmapped, observing',
      settings: observing,
      body: unmapped,
      status: 422,
      code: 'unmapped_request',
      ends: 'failed',
    },
  ])('a provision, $what, is answered $status $code', (row) => play('provision', row))

  test('a repeated one is carried out again when the access was taken away since', async () => {
    await using stage = await setInlineStage({ db })
    await stage.ask('provision', task)
    await stage.ask('deprovision', task)
    expect((await stage.ask('provision', task)).status).toBe(204)
    expect(stage.vault.held.size).toBe(1)
  })
})

describe('deprovision', () => {
  test.each<Row>([
    ...everywhere,
    { what: 'done', status: 204, ends: 'succeeded' },
    { what: 'repeated', body: task, meets: ({ ask }) => ask('deprovision', task), status: 204, ends: 'succeeded' },
    { what: 'a trial', body: trial, status: 204, ends: 'succeeded' },
    { what: 'unmapped', body: unmapped, status: 422, code: 'unmapped_request', ends: 'failed' },
    { what: 'with a wrong field', body: wrongField, status: 204, ends: 'succeeded' },
    { what: 'with the vendor down', meets: fails('deprovision'), status: 503, code: 'goes_on', ends: 'succeeded' },
    { what: 'refused', meets: fails('deprovision', refuses), status: 503, code: 'goes_on', ends: 'succeeded' },
    {
      what: 'with a refused credential',
      meets: fails('deprovision', unauthorised, 20),
      status: 503,
      code: 'goes_on',
      ends: 'pending',
    },
    { what: 'late', settings: brief, meets: isSlow('deprovision'), status: 503, code: 'goes_on', ends: 'succeeded' },
    { what: 'observing', settings: observing, status: 503, code: 'observing', ends: 'superseded' },
  ])('a deprovision, $what, is answered $status $code', (row) => play('deprovision', row))
})

const closed = { validate: { response: false }, preapprove: { response: false } }
const open = { validate: { response: true }, preapprove: { response: true } }

describe.each(['validate', 'preapprove'] as const)('%s', (kind) => {
  const no = closed[kind]
  test.each<Row>([
    ...everywhere,
    { what: 'answered', status: 200, answer: open[kind], ends: 'succeeded' },
    { what: 'a trial', body: trial, status: 200, answer: { response: kind === 'validate' }, ends: 'succeeded' },
    { what: 'unmapped', body: unmapped, status: 200, answer: open[kind], ends: 'succeeded' },
    { what: 'with the vendor down', meets: fails(kind), status: 200, answer: no, ends: 'failed' },
    {
      what: 'with a refused credential',
      meets: fails(kind, unauthorised),
      status: 200,
      answer: no,
      ends: 'failed',
    },
    { what: 'with a wrong field', body: wrongField, status: 200, answer: no, ends: 'failed' },
    { what: 'late', settings: brief, meets: isSlow(kind), status: 200, answer: no, ends: 'failed' },
    { what: 'with the authority down', meets: down, status: 200, answer: open[kind], ends: 'succeeded' },
    { what: 'observing', settings: observing, status: 200, answer: open[kind], ends: 'succeeded' },
  ])('a question, $what, is answered $status $answer', (row) => play(kind, row))
})
