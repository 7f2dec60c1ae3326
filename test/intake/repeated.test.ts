import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'

const db = await testDatabase()
const both = lumosBody({
  permissions: ['billing:operate', 'eu:read'],
  length: 1800,
  task: 'https://app.lumos.test/tasks?requestId=1',
})

test.each([
  { what: 'a part of it was taken away', meets: (stage: InlineStage) => stage.ask('deprovision', lumosBody()) },
  {
    what: 'its time is over, though nobody took it away',
    meets: () => db.sql`update hub.access_grant set until = now() - interval '1 s'`,
  },
])('a repeated request is carried out anew when $what', async ({ meets }) => {
  await using stage = await setInlineStage({ db })
  expect((await stage.ask('provision', both)).status).toBe(204)
  await meets(stage)
  expect((await stage.ask('provision', both)).status).toBe(204)
  expect(stage.vault.times('provision')).toBe(2)
  expect(stage.vault.held).toEqual(new Set([`${LENA.email} door:billing`, `${LENA.email} door:eu`]))
})

test('a repeated request for somebody who is denied by now is refused in words', async () => {
  await using stage = await setInlineStage({ db })
  expect((await stage.ask('provision', both)).status).toBe(204)
  stage.silently(LENA.oktaId, 'deactivate')
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
  await eventually(async () => {
    const [person] = await db.sql`select denied_at from hub.person where authority_id = ${LENA.oktaId}`
    expect(person?.denied_at).toBeTruthy()
  })
  const answer = await stage.ask('provision', both)
  expect(answer.status).toBe(422)
  expect(await answer.json()).toMatchObject({ code: 'refused', detail: expect.stringContaining('denies the person') })
})

test('a repeated request whose access is being taken away is not answered from the record', async () => {
  await using stage = await setInlineStage({ db })
  expect((await stage.ask('provision', both)).status).toBe(204)
  stage.vault.mischief.deprovision = Array(1000).fill(() => {
    throw new Error('down')
  })
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(503)
  const answer = await stage.ask('provision', both)
  expect(await answer.json()).toMatchObject({
    code: 'too_late',
    detail: expect.stringContaining('take the same access'),
  })
})
