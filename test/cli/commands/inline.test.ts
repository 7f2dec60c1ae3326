import { expect, test } from 'vitest'
import type { DeliveryKind } from '../../../src/core/queue.ts'
import { cliHere } from '../../support/cli.ts'
import { eventually, until } from '../../support/eventually.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA } from '../../support/stage.ts'

const db = await testDatabase()
const operate = (...args: string[]) => cliHere({ args, env: { DATABASE_URL: db.url } })
const task = 'https://app.lumos.test/tasks?requestId=7700123'

async function newestId(stage: InlineStage, kind: DeliveryKind): Promise<string> {
  const [row] = await stage.hub.journal.records.listDeliveries({ kind, limit: 1 })
  return row?.id ?? ''
}

test('person shows what was granted, by which request, until when and who ends it', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_END_ACCESS: 'true' } })
  expect((await stage.ask('provision', lumosBody({ length: 3600, task }))).status).toBe(204)
  const { out } = await operate('person', LENA.email)
  expect(out).toContain('Granted on request')
  expect(out).toContain('✓ billing:operate → door:billing of Orbit Admin Console at vault')
  expect(out).toContain(`through lumos, ${await newestId(stage, 'provision')}`)
  expect(out).toContain(`request ${task}`)
  expect(out).toMatch(/until .* \(in 60 min\), taken away by the hub/)
  expect(out).not.toContain('ended')
})

test('person shows what ended a grant, and what the person had before', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.held.add(`${LENA.email} door:billing`)
  await stage.ask('provision', lumosBody())
  expect((await operate('person', LENA.email)).out).toContain('they had it before')
  await stage.ask('deprovision', lumosBody())
  const { out } = await operate('person', LENA.email)
  expect(out).toMatch(new RegExp(`ended .* by ${await newestId(stage, 'deprovision')}: It was taken away\\.`))
  expect(out).toContain('no end')
  const [found] = JSON.parse((await operate('person', LENA.email, '--json')).out)
  expect(found.grants).toMatchObject([{ hadBefore: true, endReason: 'It was taken away.' }])
})

test('somebody who was granted nothing has no such block', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody({ permissions: ['not:listed'] }))
  await stage.ask('deprovision', lumosBody())
  expect((await operate('person', LENA.email)).out).not.toContain('Granted on request')
})

test('show has the request and each answer of a question, and a replay of it says that the answer is sent to no one', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('validate', lumosBody({ task, fields: { floor: '12' } }))
  const id = await newestId(stage, 'validate')
  const first = (await operate('show', id)).out
  for (const [name, value] of [
    ['through', 'lumos'],
    ['for', LENA.email],
    ['application', 'Orbit Admin Console  (orbit-admin, 0oaorbit-admin)'],
    ['permission', 'billing:operate → door:billing'],
    ['until', 'no end'],
    ['comment', 'Quarter-end reconciliation'],
    ['task', task],
    ['answered', 'reject: “The building has nine floors.”'],
  ] as const) {
    expect(first).toContain(`  ${name.padEnd(12)}  ${value}\n`)
  }
  const replayed = await operate('replay', id)
  expect(replayed).toMatchObject({ code: 0, out: expect.stringContaining('the answer is sent to no one') })
  stage.hub.drain.nudge()
  await until(async () => (await stage.hub.journal.records.showDelivery(id))?.tries.length === 2)
  const again = (await operate('show', id)).out
  expect(again.match(/ {5}answer: reject: “The building has nine floors.”/g)).toHaveLength(2)
})

test('a question that could not be answered says how it was closed, and why', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.preapprove = [
    () => {
      throw new Error('The vault is closed.')
    },
  ]
  await stage.ask('preapprove', lumosBody())
  const { out } = await operate('show', await newestId(stage, 'preapprove'))
  expect(out).toContain('it was sent to its human approvers. The vault is closed.')
  expect(out).toMatch(/answered .*needs approval: “It could not be decided automatically/)
})

test('a provision is never replayed, and says why and what to do instead', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  const id = await newestId(stage, 'provision')
  expect((await operate('show', id)).out).toContain(`(okta ${LENA.oktaId}, per_`)
  const { code, out } = await operate('replay', id)
  expect(code).toBe(1)
  expect(out).toMatch(/no {2,}nothing was done: .*a late grant never happens\. Have it asked for again at the platform/)
  expect(stage.vault.times('provision')).toBe(1)
})

test('a trial is never replayed, and says why', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_TEST_APPLICATION: 'trial' } })
  await stage.ask('deprovision', lumosBody({ app: 'trial' }))
  const { code, out } = await operate('replay', await newestId(stage, 'deprovision'))
  expect(code).toBe(1)
  expect(out).toMatch(/no {2,}it was a trial of the hook/)
})

test('recover replays a revoke that nobody had allowed, and show says how to have it allowed', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('deprovision', lumosBody({ permissions: ['not:listed'] }))
  await stage.ask('provision', lumosBody({ permissions: ['not:listed'] }))
  const id = await newestId(stage, 'deprovision')
  const { out } = await operate('show', id)
  expect(out).toContain('put it into the allow-list of vault')
  expect(out).toContain(`npm run hub -- replay ${id}`)
  expect((await operate('recover', '--since', '1h', '--yes')).out).toContain('1 delivery is due now')
})

test('an unmapped request says that nothing was given and where to allow it', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody({ permissions: ['not:listed'] }))
  const { out } = await operate('show', await newestId(stage, 'provision'))
  expect(out).toContain('It was refused, and nothing was given. Nobody has allowed vault to grant this')
  expect(out).toContain('put it into the allow-list of vault')
  expect(out).not.toContain('npm run hub -- replay')
})

test('the end of an access that is still to come needs nobody', async () => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_END_ACCESS: 'true' } })
  await stage.ask('provision', lumosBody({ length: 3600 }))
  const { out } = await operate('show', await newestId(stage, 'deprovision'))
  expect(out).toContain('Access that ends')
  expect(out).toContain('The access lasts until then; the hub takes it away by itself.')
  expect(out).not.toContain('What to do')
})

test('a revoke that waits because the hub observes says so, and what carries it out', async () => {
  await using stage = await setInlineStage({ db, settings: { HUB_MODE: 'observe' } })
  const calm = stage.tenants.okta.misbehave({ status: 500 })
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(503)
  calm()
  await eventually(async () =>
    expect((await stage.hub.deliveries()).at(-1)).toMatchObject({
      kind: 'deprovision',
      lastError: expect.stringContaining('Observing'),
    }),
  )
  const { out } = await operate('show', await newestId(stage, 'deprovision'))
  expect(out).toContain('The hub observes: it takes nothing away')
  expect(out).toContain('Set HUB_MODE=enforce')
})

test('deliveries can be narrowed to one kind, and a kind that is none is met with the nearest', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('validate', lumosBody())
  await stage.ask('provision', lumosBody())
  expect((await operate('deliveries')).out).toMatch(/vault {2,}.*validate/)
  const { out } = await operate('deliveries', '--kind', 'provision', '--json')
  expect(JSON.parse(out).map(({ kind }: { kind: string }) => kind)).toEqual(['provision'])
  const wrong = await operate('deliveries', '--kind', 'provison')
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean --kind provision?') })
})
