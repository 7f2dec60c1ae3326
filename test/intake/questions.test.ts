import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const floor = (value: number) => lumosBody({ fields: [{ prompt: 'floor', response: String(value) }] })
const cut = () => {
  throw new Error('cut off from 10.0.0.7')
}

test('asks the connector, journals its answer, and takes no lane', async () => {
  await using stage = await setInlineStage({ db })
  const answer = await stage.ask('validate', floor(12))
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({ output: { response: false, error_message: 'The building has nine floors.' } })
  const [row] = await db.sql`select d.kind, d.status, d.answer, a.outcome from hub.delivery d
    join hub.attempt a on a.delivery_id = d.id`
  expect(row).toMatchObject({
    kind: 'validate',
    status: 'succeeded',
    outcome: 'succeeded',
    answer: { answer: 'reject' },
  })
  expect((await db.sql`select 1 from hub.lane`).length).toBe(0)
})

test('is always asked anew', async () => {
  await using stage = await setInlineStage({ db })
  const body = { ...floor(1), request_task_url: 'https://app.lumos.test/tasks?requestId=1' }
  await stage.ask('preapprove', body)
  await stage.ask('preapprove', body)
  expect(stage.vault.times('preapprove')).toBe(2)
})

test.each([
  { kind: 'validate', floorNo: 2, said: { response: true } },
  { kind: 'preapprove', floorNo: 2, said: { response: true } },
  {
    kind: 'preapprove',
    floorNo: 5,
    said: { response: false, reason_for_preapproval: 'Floors 3 and up need a manager.' },
  },
])('$kind for floor $floorNo is answered in Lumos’ words', async ({ kind, floorNo, said }) => {
  await using stage = await setInlineStage({ db })
  expect(await (await stage.ask(kind, floor(floorNo))).json()).toEqual({ output: said })
})

test('the words and the form can be corrected by configuration', async () => {
  const settings = {
    LUMOS_ANSWER_FORM: 'bare',
    LUMOS_ANSWERS: '{"reject": "DENIED", "accept": "APPROVED", "message_key": "message"}',
  }
  await using stage = await setInlineStage({ db, settings })
  expect(await (await stage.ask('validate', floor(1))).json()).toEqual({ response: 'APPROVED' })
  expect(await (await stage.ask('validate', floor(11))).json()).toEqual({
    response: 'DENIED',
    message: 'The building has nine floors.',
  })
})

test.each([
  { what: 'throws', mischief: cut },
  { what: 'is late', mischief: () => sleep(1500) },
])(
  'a validate that $what fails closed, with a message that says what to do and nothing of the inside',
  async ({ mischief }) => {
    await using stage = await setInlineStage({ db, settings: { VAULT_BUDGET_SECONDS: '0.5' } })
    stage.vault.mischief.validate = [mischief]
    const answer = await stage.ask('validate', floor(1))
    expect(answer.status).toBe(200)
    const { output } = (await answer.json()) as { output: { response: boolean; error_message: string } }
    expect(output.response).toBe(false)
    expect(output.error_message).toMatch(/Send it again in a few minutes.*dlv_/)
    expect(output.error_message).not.toContain('10.0.0.7')
    const [row] = await db.sql`select status, last_error from hub.delivery`
    expect(row?.status).toBe('failed')
    expect(row?.last_error).toBeTruthy()
  },
)

test('a preapprove that fails goes to a human, with a reason', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.preapprove = [cut]
  const { output } = (await (await stage.ask('preapprove', floor(1))).json()) as { output: Record<string, unknown> }
  expect(output).toMatchObject({ response: false, reason_for_preapproval: expect.stringContaining('dlv_') })
})

test('intake fields that do not fit close a validate', async () => {
  await using stage = await setInlineStage({ db })
  const answer = await stage.ask('validate', lumosBody({ fields: { floor: 'attic' } }))
  expect(await answer.json()).toMatchObject({ output: { response: false } })
  expect(stage.vault.times('validate')).toBe(0)
})

test('a replay asks the question again, records the answer, and changes nothing that was said', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('validate', floor(12))
  const [first] = await stage.hub.deliveries()
  await stage.hub.journal.orders.replay({ ids: [first?.id ?? ''] })
  stage.hub.drain.nudge()
  await eventually(async () => {
    const attempts = await db.sql`select trigger, answer from hub.attempt order by started_at`
    expect(attempts.map(({ trigger }) => trigger)).toEqual(['scheduled', 'manual'])
    expect(attempts[1]?.answer).toMatchObject({ answer: 'reject' })
  })
  expect(stage.vault.times('validate')).toBe(2)
})

test('a provision is never replayed', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  const [first] = await stage.hub.deliveries()
  expect(await stage.hub.journal.orders.replay({ ids: [first?.id ?? ''] })).toEqual([])
  expect(await stage.hub.journal.records.findFailedSince(new Date(0).toISOString())).toEqual([])
})
