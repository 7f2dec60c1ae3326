import { expect, test } from 'vitest'
import { CAST } from '../../../lab/simulators/seed.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLog } from '../../../src/core/log.ts'
import type { HubPolicy } from '../../../src/core/policy.ts'
import { makeBatchWork } from '../../../src/operate/batches/batch-work.ts'
import { applyBatch } from '../../../src/operate/batches/order-batch.ts'
import { planBatch } from '../../../src/operate/batches/plan-batch.ts'
import { makePlannedActs } from '../../../src/operate/batches/planned-acts.ts'
import { eventually } from '../../support/eventually.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR } from '../../support/stage.ts'

const db = await testDatabase()
const note = { ...operator(), reason: 'looked through' }
const policy = { fourEyesPeople: 0, freeze: [] }
const third = '00uTHIRDPERSON00001'

async function plan({ hub }: InlineStage, { people, mode }: { people: string[]; mode: HubPolicy['mode'] }) {
  const { journal, installed, raiseAlert } = hub
  const acts = makePlannedActs({ journal, installed, clock: systemClock, mode })
  const work = makeBatchWork({ journal, installed, acts, policy, raiseAlert, clock: systemClock, log: silentLog })
  const of = { act: 'enforce', filter: { people } } as const
  const { id } = await planBatch({ journal, clock: systemClock }, { note, name: 'the first ones', of })
  while (await work.runTurn(id));
  const rows = await journal.batches.listBatchRows(id, { after: 0, limit: 10 })
  const planHash = (await journal.batches.readBatch(id))?.planHash ?? ''
  return { work, rows, order: { ...note, id, planHash, pace: 1000 } }
}

test('a staged hub acts for those for whom two people, or an override, ended observing, and for no others', async () => {
  await using stage = await setInlineStage({ db, settings: { HUB_MODE: 'staged' } })
  const { hub, tenants } = stage
  const profile = { login: 'third@acme-demo.test', email: 'third@acme-demo.test', firstName: 'Some', lastName: 'Body' }
  tenants.okta.users.seed({ id: third, profile })
  const { user_id: thirdUser } = tenants.auth0.users.seed({
    ...{ connection: CAST.connections.enterprise, id: third, email: profile.email },
  })
  tenants.okta.users.transition(OMAR.oktaId, 'deactivate')
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  await eventually(async () => {
    const rows = (await hub.deliveries()).filter(({ kind }) => kind === 'sync')
    expect(rows.map(({ status }) => status)).toEqual(['succeeded'])
  })
  expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true)

  const people = [OMAR.oktaId, LENA.oktaId]
  const early = await plan(stage, { people, mode: 'observe' })
  expect(early.rows).toMatchObject(Array(2).fill({ plan: 'cannot_tell', code: 'not_staged' }))
  const { work, rows, order } = await plan(stage, { people, mode: 'staged' })
  expect(rows.map(({ plan: planned }) => planned).toSorted()).toEqual(['nothing', 'would_change'])
  const lockout = rows.flatMap(({ changes }) => changes).find(({ target }) => target === OMAR.enterpriseUserId)
  expect(lockout).toMatchObject({ direction: 'deny', before: { blocked: false }, after: { blocked: true } })
  const { journal } = hub
  const refused = applyBatch({ journal, policy }, { ...order, eyes: 'nobody' })
  await expect(refused).rejects.toMatchObject({ code: 'needs_two_people' })
  expect(await applyBatch({ journal, policy }, { ...order, eyes: 'override' })).toMatchObject({ overridden: true })
  while (await work.runTurn(order.id));

  await eventually(() => expect(stage.isShut(OMAR.enterpriseUserId)).toBe(true))
  expect((await stage.ask('provision', lumosBody())).status).toBe(204)
  const acts =
    await db.sql`select count(*)::int as count from hub.audit where act = 'enforce' and plan_hash is not null`
  expect(acts).toEqual([{ count: 2 }])
  const again = await plan(stage, { people, mode: 'staged' }).catch((thrown) => thrown)
  expect(again).toMatchObject({ code: 'empty_batch' })

  tenants.okta.users.transition(third, 'deactivate')
  await eventually(async () => {
    const [row] = await db.sql`select outcome from hub.attempt order by started_at desc limit 1`
    expect(row).toEqual({ outcome: 'observed' })
  })
  expect(stage.isOpen(thirdUser)).toBe(true)
})
