import { expect, test } from 'vitest'
import { z } from 'zod'
import { accept, approve, defineConnector } from '../../src/index.ts'
import { cliHere } from '../support/cli.ts'
import { eventually } from '../support/eventually.ts'
import { inlineSecret, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const cut = () => {
  throw new Error('cut off')
}

type Output = { output: { response: boolean; error_message?: string; reason_for_preapproval?: string } }
const questions = ['validate', 'preapprove'] as const

/** Says whatever the test wants it to say, and asks for a badge of four digits. */
function oracle(said: { answer: unknown }) {
  return defineConnector({
    id: 'oracle',
    fields: z.object({ badge: z.string().regex(/^\d{4}$/), floor: z.coerce.number() }),
    validate: () => said.answer as ReturnType<typeof accept>,
    preapprove: () => said.answer as ReturnType<typeof approve>,
  })
}

const setOracle = (said: { answer: unknown }) =>
  setInlineStage({
    db,
    connectors: [oracle(said)],
    settings: { LUMOS_HOOK_SECRETS: `oracle/*:${inlineSecret}` },
  })
const fields = { badge: '1234', floor: '2' }

test.each(questions)('a replayed %s is put once more, and ends as failed without a clear answer', async (kind) => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief[kind] = [cut, cut]
  await stage.ask(kind, lumosBody())
  const [asked] = await stage.hub.deliveries()
  const id = asked?.id ?? ''
  await stage.hub.journal.orders.replay({ ids: [id] })
  stage.hub.drain.nudge()
  await eventually(async () => {
    const shown = await stage.hub.journal.records.showDelivery(id)
    expect(shown).toMatchObject({ status: 'failed', attempts: 2, nextAttemptAt: null, lastError: 'cut off' })
  })
  expect(stage.vault.times(kind)).toBe(2)
})

test('a replayed question that gets no answer at all is failed, too', async () => {
  const said: { answer: unknown } = { answer: accept() }
  await using stage = await setOracle(said)
  await stage.ask('validate', lumosBody({ fields }), { connector: 'oracle' })
  const [asked] = await stage.hub.deliveries()
  expect(asked?.status).toBe('succeeded')
  said.answer = undefined
  await stage.hub.journal.orders.replay({ ids: [asked?.id ?? ''] })
  stage.hub.drain.nudge()
  await eventually(async () => {
    expect((await stage.hub.deliveries())[0]).toMatchObject({ status: 'failed', attempts: 2 })
  })
})

test.each([
  { kind: 'validate', answer: { answer: 'reject', message: '' }, error: 'a refusal without a message' },
  { kind: 'validate', answer: { answer: 'reject', message: ' \n\u200b' }, error: 'a refusal without a message' },
  {
    kind: 'preapprove',
    answer: { answer: 'needs_approval', reason: '\t ' },
    error: 'a call for approval without a reason',
  },
])('$kind answered with $answer is no answer', async ({ kind, answer, error }) => {
  await using stage = await setOracle({ answer })
  const { output } = (await (await stage.ask(kind, lumosBody({ fields }), { connector: 'oracle' })).json()) as Output
  expect(output.response).toBe(false)
  expect(output.error_message ?? output.reason_for_preapproval).toContain('dlv_')
  expect((await stage.hub.deliveries())[0]).toMatchObject({
    status: 'failed',
    lastError: `oracle answered ${kind} with ${error}.`,
  })
})

test.each(questions)('whoever answers the questions of a %s wrongly reads which, and no value', async (kind) => {
  await using stage = await setOracle({ answer: kind === 'validate' ? accept() : approve() })
  const wrong = lumosBody({ fields: { badge: 'my-secret' } })
  const { output } = (await (await stage.ask(kind, wrong, { connector: 'oracle' })).json()) as Output
  const words = output.error_message ?? output.reason_for_preapproval ?? ''
  expect(output.response).toBe(false)
  expect(words).toContain('The field "badge" ')
  expect(words).toContain('The field "floor" is missing.')
  expect(words).not.toMatch(/my-secret|few minutes/)
  const [row] = await stage.hub.deliveries()
  expect(row?.status).toBe('failed')
  const { out } = await cliHere({ args: ['show', row?.id ?? ''], env: { DATABASE_URL: db.url } })
  expect(out).toContain('The intake fields do not fit. The field "badge" ')
  expect(out).toMatch(/It could not be asked, so it was (turned down|sent to its human approvers)\./)
  expect(out).not.toContain('no clear answer')
})
