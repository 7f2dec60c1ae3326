import { beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { ownConnector } from '../../../src/core/lane.ts'
import { silentLog } from '../../../src/core/log.ts'
import { defaultBatchPolicy } from '../../../src/core/policy.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { ingestAlone } from '../../../src/journal/queue/ingest.ts'
import { makeBatchWork } from '../../../src/operate/batches/batch-work.ts'
import { applyBatch } from '../../../src/operate/batches/order-batch.ts'
import { planBatch } from '../../../src/operate/batches/plan-batch.ts'
import { makePlanDeliveries } from '../../../src/operate/batches/plan-deliveries.ts'
import { makePlannedActs } from '../../../src/operate/batches/planned-acts.ts'
import { makeToken } from '../../../src/signin/make-token.ts'
import { admin, makeTokenOf } from '../../support/api.ts'
import { cliHere } from '../../support/cli.ts'
import { oktaHook, userEvent } from '../../support/hub.ts'
import { newEvent } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, setStage } from '../../support/stage.ts'

const db = await testDatabase()
const note = { ...operator(), reason: 'Okta was wrong' }

beforeEach(() => db.sql`truncate hub.token`)

test('a plan says per person what is and what would be, and applying locks out by the usual run, if it is still so', async () => {
  await using stage = await setStage({ db, runs: false })
  const { hub } = stage
  const { journal, installed, raiseAlert } = hub
  for (const userId of [LENA.oktaId, OMAR.oktaId]) {
    await hub.post(oktaHook([userEvent({ type: 'user.account.update_profile', userId })]))
  }
  await db.sql`update hub.delivery set status = 'failed', attempts = 1, next_attempt_at = null`
  await db.sql`update hub.lane set next_at = null, deny_next_at = null`
  stage.silently(LENA.oktaId, 'deactivate')
  stage.silently(OMAR.oktaId, 'suspend')

  const facts = { journal, installed, clock: systemClock }
  const policy = { ...defaultBatchPolicy, fourEyesPeople: 0 }
  const work = makeBatchWork({ ...facts, acts: makePlannedActs(facts), policy, raiseAlert, log: silentLog })
  const { id } = await planBatch(
    { journal, clock: systemClock },
    { note, name: 'wrong', of: { act: 'replay', filter: { status: 'failed' } } },
  )
  while (await work.runTurn());
  const planned = await journal.batches.readBatch(id)
  expect(planned).toMatchObject({
    planned: 2,
    sums: { would_change: 2 },
    planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  const rows = await journal.batches.listBatchRows(id, { after: 0, limit: 10 })
  const lockout = { connector: 'auth0', target: LENA.enterpriseUserId, action: 'deny', direction: 'deny' }
  const change = rows[0]?.changes.find(({ target }) => target === LENA.enterpriseUserId)
  expect(change).toMatchObject({ ...lockout, before: { blocked: false }, after: { blocked: true } })
  expect(stage.isOpen(LENA.enterpriseUserId)).toBe(true)

  const token = (await makeTokenOf(journal, 'operator')).text
  const preview = await fetch(`${hub.url}/api/v1/deliveries/${rows[1]?.subject}/preview`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { plan: planOfOmar, changes } = (await preview.json()) as { plan: string; changes: { target: string }[] }
  expect([planOfOmar, changes[0]?.target]).toEqual(['would_change', OMAR.enterpriseUserId])

  // Omar is back before the plan is carried out.
  stage.silently(OMAR.oktaId, 'unsuspend')
  await applyBatch({ journal, policy }, { ...note, eyes: 'override', id, planHash: planned?.planHash ?? '' })
  while (await work.runTurn());
  const results = await journal.batches.listBatchRows(id, { after: 0, limit: 10 })
  expect(results.map(({ result, plan }) => [result, plan])).toEqual([
    ['carried_out', 'would_change'],
    ['changed', 'nothing'],
  ])
  await hub.drain.work({ lanes: [], seconds: 20 })
  expect([stage.isShut(LENA.enterpriseUserId), stage.isOpen(OMAR.enterpriseUserId)]).toEqual([true, true])

  const shown = await cliHere({ args: ['batch', 'show', id], env: { DATABASE_URL: db.url } })
  expect(shown.out).toMatch(/carried out 1 · came back 1/)
  expect(shown.out).toMatch(/"blocked":false/)
})

test('what the hub reads for itself changes nothing at a vendor, and needs no connector to be planned', async () => {
  const journal = makeJournal(db.sql)
  const person = { source: 'okta', authorityId: '00u1' }
  const wish = { name: 'x', owner: 'x', role: 'viewer', days: 1, person, reason: null } as const
  await makeToken({ journal, clock: systemClock }, admin, wish)
  const event = newEvent({ connector: ownConnector, person: person.authorityId })
  await ingestAlone(db.sql, [event])
  const id = event.deliveries[0]?.id ?? ''
  const plan = makePlanDeliveries({ journal, installed: [], clock: systemClock })
  const planned = await plan([id], AbortSignal.timeout(10_000))
  expect(planned.get(id)).toMatchObject({ plan: 'nothing', code: 'own_read' })
})
