import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { connectors as installed } from '../connectors/index.ts'
import { defineConnector, type Plan } from '../src/index.ts'
import { eventually } from './support/eventually.ts'
import { oktaHook, postHook, userEvent } from './support/hub.ts'
import { lumosBody, setInlineStage } from './support/inline-stage.ts'
import { captureLog, type LogLine } from './support/log-lines.ts'
import { testDatabase } from './support/postgres.ts'
import { LENA, setStage } from './support/stage.ts'

const db = await testDatabase()
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const withMessage = (lines: readonly LogLine[], msg: string) => lines.filter((line) => line.msg === msg)

const deactivated = () => oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })])

test('a lockout on a normal day is one line for its hook and one when it is settled, under one request id', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setStage({ db, ...logging })
  stage.silently(LENA.oktaId, 'deactivate')
  lines.length = 0
  await stage.hub.post(deactivated(), { traceparent })
  await eventually(() => expect(withMessage(lines, 'Settled')).toHaveLength(1))
  const [delivery] = await stage.hub.deliveries()
  const [event] = await stage.hub.sql`select id, person from hub.event where type = 'user.lifecycle.deactivate'`
  expect(lines).toEqual([
    {
      ...{ level: 'info', time: expect.any(String), msg: 'Journaled a hook', source: 'okta' },
      ...{ recorded: 1, duplicates: 0, events: [event?.id], request_id: traceId },
    },
    {
      ...{ level: 'info', time: expect.any(String), msg: 'Settled', source: 'okta' },
      ...{ type: 'user.lifecycle.deactivate', person: event?.person, connector: 'auth0', kind: 'sync' },
      ...{ outcome: 'succeeded', status: 'succeeded', tries: 1, ms: expect.any(Number) },
      ...{ event: event?.id, delivery: delivery?.id, request_id: traceId },
    },
  ])
  expect(JSON.stringify(lines)).not.toContain(LENA.email)
})

test('every call to a vendor bears the trace of the hook that led to it', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setStage({ db, ...logging })
  stage.silently(LENA.oktaId, 'deactivate')
  stage.tenants.auth0.calls.length = 0
  await stage.hub.post(deactivated(), { traceparent })
  await eventually(() => expect(withMessage(lines, 'Settled')).toHaveLength(1))
  const traces = stage.tenants.auth0.calls.map(({ traceparent }) => traceparent)
  expect(traces.length).toBeGreaterThan(2)
  for (const trace of traces) expect(trace).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`))
})

test('a hook without a valid trace gets one of its own', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setStage({ db, ...logging })
  lines.length = 0
  for (const wrong of ['', 'x', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `${traceparent}-more`]) {
    await stage.hub.post(oktaHook([]), { traceparent: wrong })
  }
  const ids = withMessage(lines, 'Journaled a hook').map((line) => String(line.request_id))
  expect(new Set(ids).size).toBe(4)
  for (const id of ids) expect(id).toMatch(/^(?!0{32}|4bf92f)[0-9a-f]{32}$/)
})

test('a vendor’s refusal is told with its method, path and first words, without an e-mail or a secret', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setStage({ db, ...logging })
  stage.silently(LENA.oktaId, 'deactivate')
  stage.tenants.auth0.misbehave({ method: 'PATCH', status: 500, times: 2 })
  await stage.hub.post(deactivated(), { traceparent })
  await eventually(() => expect(withMessage(lines, 'Settled')).toHaveLength(1))
  const [tried] = lines.filter(({ status }) => status === 'pending')
  expect(tried).toMatchObject({ level: 'warn', outcome: 'retry', tries: 1, connector: 'auth0', request_id: traceId })
  const { origin } = new URL(stage.tenants.auth0.url)
  expect(tried?.calls).toEqual([
    expect.stringMatching(new RegExp(`^PATCH ${origin}/api/v2/users/\\S+ answered 500: \\S`)),
    expect.stringMatching(new RegExp(`^PATCH ${origin}/api/v2/users/\\S+ answered 500: \\S`)),
  ])
  expect(JSON.stringify(lines)).not.toMatch(new RegExp(`${LENA.email}|Bearer|eyJ`, 'i'))
  const [delivery] = await stage.hub.deliveries()
  const shown = await stage.hub.journal.records.showDelivery(delivery?.id ?? '')
  expect(shown?.tries.map(({ calls }) => calls?.length ?? 0)).toEqual([2, 0])
})

/** A connector whose plan does whatever the test wants. */
const faulty = (plan: () => unknown) =>
  defineConnector({
    id: 'faulty',
    sync: { on: ['user.lifecycle.*'], plan: async () => (await plan()) as Plan, apply: () => {} },
  })

const faults: [string, () => unknown, RegExp][] = [
  ['a TypeError', () => (undefined as unknown as { name: { first: string } }).name.first, /undefined/],
  ['an answer of a wrong shape', () => ({}), /answered "plan" with no list of changes/],
  ['a hang', () => sleep(3_000, undefined, { ref: false }), /did not come to an end within 0\.2 s/],
  ['a thrown text', () => Promise.reject('no error at all'), /no error at all/],
]

test.each(faults)(
  '%s of a connector’s own code is told with its ids and its stack, and kept with the attempt',
  async (_, plan, words) => {
    const { lines, ...logging } = captureLog()
    const connectors = [...installed, faulty(plan)]
    await using stage = await setStage({ db, ...logging, connectors, timing: { callSeconds: 0.2 } })
    stage.silently(LENA.oktaId, 'deactivate')
    await stage.hub.post(deactivated(), { traceparent })
    await eventually(() => expect(withMessage(lines, 'A connector’s own code is at fault').length).toBeGreaterThan(0))
    const [fault] = withMessage(lines, 'A connector’s own code is at fault')
    expect(fault).toMatchObject({ level: 'error', connector: 'faulty', kind: 'sync', request_id: traceId })
    expect(fault).toMatchObject({ event: expect.stringMatching(/^evt_/), delivery: expect.stringMatching(/^dlv_/) })
    expect(fault?.error).toMatch(words)
    expect(fault?.stack).toMatch(words)
    await eventually(async () => {
      const shown = await stage.hub.journal.records.showDelivery(String(fault?.delivery))
      expect(shown?.tries[0]?.stack).toMatch(words)
    })
  },
)

test('a vendor that cannot be reached is no fault of the connector', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setStage({ db, ...logging })
  stage.silently(LENA.oktaId, 'deactivate')
  stage.tenants.auth0.misbehave({ method: 'PATCH', cut: 'before', times: 1 })
  await stage.hub.post(deactivated(), { traceparent })
  await eventually(() => expect(withMessage(lines, 'Settled')).toHaveLength(1))
  expect(withMessage(lines, 'A connector’s own code is at fault')).toEqual([])
  expect(JSON.stringify(lines)).toContain('failed before it was answered')
})

test('a look at what a grant gave that sees nothing is told as a fault', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setInlineStage({ db, ...logging })
  // The door is given, and is gone before it is looked for.
  stage.vault.mischief.provisioned = [() => stage.vault.held.clear()]
  await stage.ask('provision', lumosBody())
  expect(withMessage(lines, 'A connector’s own code is at fault')).toEqual([
    expect.objectContaining({
      connector: 'vault',
      kind: 'provision',
      error: expect.stringMatching(/"has" sees nothing/),
    }),
  ])
})

test('a fault while a question is answered is told with its kind and delivery, and its stack is kept', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setInlineStage({ db, ...logging })
  for (const kind of ['validate', 'preapprove'] as const) {
    lines.length = 0
    stage.vault.mischief[kind] = [
      () => {
        throw new TypeError('Cannot read the floor')
      },
    ]
    const answer = await stage.ask(kind, lumosBody(), { headers: { traceparent } })
    const delivery = answer.headers.get('bellhop-delivery')
    const facts = { connector: 'vault', kind, delivery, request_id: traceId, error: 'Cannot read the floor' }
    expect(withMessage(lines, 'A connector’s own code is at fault')).toEqual([expect.objectContaining(facts)])
    const shown = await stage.hub.journal.records.showDelivery(delivery ?? '')
    expect(shown?.tries.map(({ stack }) => stack)).toEqual([expect.stringContaining('Cannot read the floor')])
  }
})

test('a grant that may have landed is not told as a lockout that failed', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setInlineStage({ db, ...logging })
  stage.vault.mischief.provision = [
    () => {
      throw new TypeError('Cannot read the floor')
    },
  ]
  await stage.ask('provision', lumosBody())
  const told = withMessage(lines, 'A grant may have landed: it is looked at again')
  expect(told).toEqual([expect.objectContaining({ level: 'warn', kind: 'provision', status: 'uncertain' })])
  expect(withMessage(lines, 'A lockout or a revoke failed')).toEqual([])
})

test('an inline hook is one line when it is settled and one when it is answered; the answer names the delivery', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setInlineStage({ db, ...logging })
  for (const kind of ['provision', 'validate', 'preapprove', 'deprovision']) {
    lines.length = 0
    const answer = await stage.ask(kind, lumosBody(), { headers: { traceparent } })
    expect(answer.ok).toBe(true)
    const id = answer.headers.get('bellhop-delivery')
    expect(id).toMatch(/^dlv_/)
    const settled = withMessage(lines, 'Settled')
    expect(settled.map(({ delivery }) => delivery)).toContain(id)
    for (const line of settled) expect(line).toMatchObject({ source: 'lumos', connector: 'vault', request_id: traceId })
    expect(withMessage(lines, 'Answered an inline hook')).toEqual([
      expect.objectContaining({ kind, delivery: id, event: expect.stringMatching(/^evt_/), request_id: traceId }),
    ])
  }
})

test('a refused request for access names its delivery too, and an unreadable one its event', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setInlineStage({ db, ...logging })
  const refused = await stage.ask('provision', lumosBody({ permissions: ['nobody:allows'] }))
  expect(refused.status).toBe(422)
  expect(refused.headers.get('bellhop-delivery')).toMatch(/^dlv_/)
  const unread = await stage.ask('provision', {})
  expect(unread.status).toBe(422)
  expect(unread.headers.get('bellhop-delivery')).toBeNull()
  expect(withMessage(lines, 'Answered an inline hook').at(-1)?.event).toMatch(/^evt_/)
})

test('a refused hook is a line without a stack', async () => {
  const { lines, ...logging } = captureLog()
  await using stage = await setStage({ db, ...logging })
  lines.length = 0
  expect((await stage.hub.post(deactivated(), { authorization: 'wrong' })).status).toBe(401)
  expect(lines).toEqual([expect.objectContaining({ level: 'warn', source: 'okta', why: 'wrong' })])
  expect(JSON.stringify(lines)).not.toMatch(/stack|\bat .*\.ts/)
})

test('a journal that cannot be written is told once a second, with how many hooks it concerned', async () => {
  const { lines, ...logging } = captureLog()
  let now = Date.now()
  await using stage = await setStage({ db, ...logging, clock: { now: () => new Date(now) } })
  await stage.hub.sql`alter table hub.event rename to event_away`
  try {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => postHook({ url: stage.hub.url, body: deactivated() })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    now += 1_500
    await stage.hub.post(deactivated())
    const told = withMessage(lines, 'A hook could not be journaled: answered 503')
    expect(told.map(({ leftOut }) => leftOut)).toEqual([undefined, 29])
  } finally {
    await db.sql`alter table hub.event_away rename to event`
  }
})

test('nothing is put together for a line whose level is off', async () => {
  const { lines, ...logging } = captureLog('error')
  await using stage = await setStage({ db, ...logging })
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  await eventually(async () => expect((await stage.hub.deliveries())[0]?.status).toBe('succeeded'))
  expect(lines).toEqual([])
})
