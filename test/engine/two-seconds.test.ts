import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connectors as installed } from '../../connectors/index.ts'
import { readHubSettings } from '../../src/core/hub-settings.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { newEvent } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../support/stage.ts'
import { makePit, startTarPit } from '../support/tar-pit.ts'

const db = await testDatabase()
const { HUB_CONCURRENCY: concurrency } = readHubSettings({})
/** The bound is the hub's, 2 s; the rest is for the machine of these tests. `npm run bench -- --only bulkheads` measures it. */
const withinSeconds = 6
/** As the hub is shipped: a call that hangs lasts longer than the bound. */
const timing = { outboundSeconds: 10, leaseSeconds: 30, renewSeconds: 10, pollSeconds: 1 }

async function isShutInTime(stage: Stage): Promise<void> {
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  const users = [LENA.enterpriseUserId, LENA.databaseUserId]
  await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]), { withinSeconds })
}

describe('a lockout at a healthy vendor', () => {
  test.each([1, 3, 4])(
    'is held in time while %i connectors hang at once with thousands of denials due (kind 12)',
    async (hanging) => {
      await using pit = await startTarPit()
      const ids = Array.from({ length: hanging }, (_, i) => `pit_${i}`)
      const connectors = [...installed, ...ids.map((id) => makePit(id, pit))]
      const settings = { HUB_OUTBOUND_ALLOW: '127.0.0.0/8' }
      await using stage = await setStage({ db, connectors, timing, concurrency, settings })
      const denial = (connector: string, i: number) =>
        newEvent({ person: `00u${connector}${i}`, connector, kind: 'on', type: 'user.session.start', hint: 'deny' })
      for (const connector of ids) {
        await stage.hub.journal.queue.ingest(Array.from({ length: 2000 }, (_, i) => denial(connector, i)))
      }
      stage.hub.drain.nudge()
      await eventually(() => expect(pit.waiting()).toBeGreaterThanOrEqual(concurrency / 2))
      await sleep(300)
      const startedAt = performance.now()
      await isShutInTime(stage)
      console.log('shut', hanging, pit.waiting(), performance.now() - startedAt)
      // None of their calls has run out of time yet: no breaker has helped.
      expect(pit.taken()).toBe(pit.waiting())
      pit.answer()
    },
    60_000,
  )
})

describe('a lockout at a vendor that answers in 100 ms', () => {
  test('is held in time behind thousands of routine deliveries of the same connector (kind 12)', async () => {
    const people = Array.from({ length: 10_000 }, (_, i) => {
      const login = `p${i}@acme-demo.test`
      return { id: `00uroutine${i}`, profile: { login, email: login, firstName: 'A', lastName: 'B' } }
    })
    const cast = [LENA, OMAR].map(({ oktaId, email }) => ({
      id: oktaId,
      profile: { login: email, email, firstName: 'A', lastName: 'B' },
    }))
    await using stage = await setStage({ db, tenants: { okta: { users: [...cast, ...people] } }, timing, concurrency })
    stage.tenants.auth0.misbehave({ path: '/api/v2', delayMs: 100 })
    for (let from = 0; from < people.length; from += 500) {
      const events = people.slice(from, from + 500)
      await stage.hub.post(
        oktaHook(events.map(({ id }) => userEvent({ type: 'user.account.update_profile', userId: id }))),
      )
    }
    await eventually(() => expect(stage.tenants.auth0.calls.length).toBeGreaterThan(50))
    await isShutInTime(stage)
    const [left] = await stage.hub.sql`select count(*)::int as n from hub.delivery where status = 'pending'`
    expect(left?.n).toBeGreaterThan(5000)
  }, 120_000)
})
