import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BatchAct } from '../../../src/core/batch.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLog } from '../../../src/core/log.ts'
import { type BatchWork, makeBatchWork } from '../../../src/operate/batches/batch-work.ts'
import { applyBatch } from '../../../src/operate/batches/order-batch.ts'
import { planBatch } from '../../../src/operate/batches/plan-batch.ts'
import { makePlannedActs } from '../../../src/operate/batches/planned-acts.ts'
import { readBatchWish } from '../../../src/operate/batches/read-batch-wish.ts'
import type { BatchWish } from '../../../src/operate/batches/read-set.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, userEvent } from '../../support/hub.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR } from '../../support/stage.ts'

const db = await testDatabase()
const { sql } = db
const note = { ...operator(), reason: 'the audit of May' }
const policy = { fourEyesPeople: 0, freeze: [] }
const other = '00uOTHERLENA0000001'
const until = new Date(Date.now() + 86_400_000).toISOString()

let stage: InlineStage
let work: BatchWork

/** Lena and Omar are known, Lena has a door of the vault, and another person who left has her e-mail. */
beforeAll(async () => {
  stage = await setInlineStage({ db })
  const { hub, tenants } = stage
  expect((await stage.ask('provision', lumosBody())).status).toBe(204)
  const profile = { login: 'lena.old@acme-demo.test', email: LENA.email, firstName: 'Some', lastName: 'Body' }
  tenants.okta.users.seed({ id: other, profile })
  tenants.okta.users.transition(other, 'deactivate')
  await hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId: OMAR.oktaId })]))
  await eventually(async () => {
    const rows = (await hub.deliveries()).filter(({ kind }) => kind === 'sync')
    expect(rows.map(({ status }) => status).toSorted()).toEqual(['held', 'succeeded'])
  })
  const { journal, installed, raiseAlert } = hub
  const acts = makePlannedActs({ journal, installed, clock: systemClock })
  work = makeBatchWork({ journal, installed, acts, policy, raiseAlert, clock: systemClock, log: silentLog })
})

afterAll(() => stage?.[Symbol.asyncDispose]())

const batches = () => stage.hub.journal.batches

async function plan(wish: BatchWish) {
  const { journal } = stage.hub
  const { id } = await planBatch({ journal, clock: systemClock }, { note, name: wish.act, of: readBatchWish(wish) })
  while (await work.runTurn(id));
  return { id, rows: await batches().listBatchRows(id, { after: 0, limit: 10 }) }
}

async function apply(id: string) {
  const { journal } = stage.hub
  const planHash = (await batches().readBatch(id))?.planHash ?? ''
  await applyBatch({ journal, policy }, { ...note, eyes: 'override', id, planHash, pace: 1000 })
  while (await work.runTurn(id));
  return (await batches().readBatch(id))?.done
}

/** The facts of what a batch ordered. */
const recordOf = async (act: BatchAct, id: string) =>
  sql`select targets, plan_hash as hash, reason from hub.audit_entry where act = ${act} and facts ->> 'batch' = ${id}`

describe('a batch that', () => {
  test('recovers is made of what failed since a time, and makes it due again', async () => {
    await sql`update hub.delivery set status = 'failed', next_attempt_at = null where kind = 'sync' and status = 'succeeded'`
    const since = new Date(Date.now() - 60_000).toISOString()
    await expect(plan({ act: 'recover', filter: { connector: 'auth0' } })).rejects.toMatchObject({
      code: 'empty_filter',
    })
    await expect(plan({ act: 'recover', filter: { since, status: 'failed' } })).rejects.toThrow('another set')
    const { id, rows } = await plan({ act: 'recover', filter: { since } })
    expect(rows.map(({ plan: planned }) => planned)).toEqual(['nothing', 'nothing'])
    expect(await apply(id)).toEqual({ carriedOut: 2, cameBack: 0, leftAlone: 0 })
    expect(await recordOf('recover', id)).toMatchObject([{ reason: note.reason, hash: expect.any(String) }])
    await eventually(async () => {
      const rows = (await stage.hub.deliveries()).filter(({ kind }) => kind === 'sync')
      expect(rows.map(({ status }) => status).toSorted()).toEqual(['held', 'succeeded'])
    })
  })

  test('protects many has an end, says what changes on the list, and leaves alone who is on it until then', async () => {
    const filter = { people: [LENA.oktaId, OMAR.oktaId] }
    await expect(plan({ act: 'protect', filter })).rejects.toMatchObject({ code: 'wrong_until' })
    await expect(plan({ act: 'protect', filter: { people: ['nobody'] }, terms: { until } })).rejects.toThrow('Nobody')
    const { id, rows } = await plan({ act: 'protect', filter, terms: { until } })
    expect(rows.map(({ changes }) => changes)).toMatchObject(
      Array(2).fill([{ connector: 'hub', before: { protectedUntil: null }, after: { protectedUntil: until } }]),
    )
    expect(await apply(id)).toMatchObject({ carriedOut: 2 })
    const list = await stage.hub.journal.orders.listProtected()
    expect(list.map((row) => [row.until, row.reason])).toEqual(Array(2).fill([until, note.reason]))
    expect(await recordOf('protect', id)).toMatchObject([{ targets: { length: 2 } }])
    const more = { people: [OMAR.oktaId], search: 'lena.old' }
    const again = await plan({ act: 'protect', filter: more, terms: { until } })
    expect(new Set(again.rows.map(({ code }) => code))).toEqual(new Set(['protected_already', null]))
    await sql`truncate hub.protected`
  })

  test('adopts many says what follows by the connector’s own plan, and has the hub look at them anew', async () => {
    const { id, rows } = await plan({ act: 'adopt', filter: { connector: 'auth0', person: other } })
    const row = rows.find(({ target }) => target === LENA.databaseUserId)
    expect(row?.changes).toMatchObject([
      { action: 'adopt', before: { adoptedFor: null }, after: { adoptedFor: other } },
      { direction: 'deny', target: LENA.databaseUserId, after: { blocked: true } },
      {},
    ])
    expect(stage.isOpen(LENA.databaseUserId)).toBe(true)
    expect(await apply(id)).toMatchObject({ carriedOut: rows.length })
    await eventually(() => expect(stage.isShut(LENA.databaseUserId)).toBe(true))
    expect(await recordOf('adopt', id)).toHaveLength(rows.length)
    const open = async () => stage.hub.journal.records.listOpenConflicts(rows[0]?.person ?? '')
    await eventually(async () => expect(await open()).toEqual([]))
  })

  test('says of several people that a user is theirs tells so, and adopts the user for none of them', async () => {
    const conflicts = sql.json([{ target: 'auth0|both', reason: 'two have it' }])
    await sql`
      insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome, changes, conflicts)
      select 'att_' || person, min(id), 9, 'scheduled', now(), 1, 'held', '[]', ${conflicts}
      from hub.delivery where kind = 'sync' group by person`
    const { id, rows } = await plan({ act: 'adopt', filter: { search: 'two have' } })
    expect(rows).toMatchObject(Array(2).fill({ plan: 'cannot_tell', code: 'several_owners' }))
    expect(await apply(id)).toEqual({ carriedOut: 0, cameBack: 2, leftAlone: 0 })
  })

  test('ends grants takes away what no other grant gives, by a run of its own, and says who ended it', async () => {
    const filter = { connector: 'vault' }
    const first = (await sql`select id from hub.access_grant`).map((row) => String(row.id))
    const task = 'https://lumos.example/tasks/7'
    expect((await stage.ask('provision', lumosBody({ task, length: 7200 }))).status).toBe(204)
    const alone = await plan({ act: 'end_grant', filter: { grants: first } })
    expect(alone.rows).toMatchObject([{ plan: 'nothing', code: 'given_elsewhere' }])

    const { id, rows } = await plan({ act: 'end_grant', filter })
    const end = { action: 'end_grant', direction: 'deny', before: { granted: true }, after: { granted: false } }
    expect(rows.map(({ changes }) => changes)).toMatchObject([[end], [end]])
    const twice = await plan({ act: 'end_grant', filter })
    expect(stage.vault.held.size).toBe(1)
    expect(await apply(id)).toEqual({ carriedOut: 2, cameBack: 0, leftAlone: 0 })
    // From now on no request that comes again is answered by them.
    expect(await sql`select 1 from hub.access_grant where until > now() or until is null`).toHaveLength(0)
    expect(await apply(twice.id)).toEqual({ carriedOut: 0, cameBack: 0, leftAlone: 2 })
    await eventually(async () => {
      const grants = await sql`select end_reason as why from hub.access_grant where ended_at is not null`
      expect(grants).toEqual(Array(2).fill({ why: 'An operator ended it.' }))
    })
    expect(stage.vault.held.size).toBe(0)
    expect(await recordOf('end_grant', id)).toMatchObject([{ targets: expect.arrayContaining([rows[0]?.subject]) }])
    expect((await stage.ask('provision', lumosBody({ task, length: 7200 }))).status).toBe(204)
    expect(stage.vault.held.size).toBe(1)
  })
})
