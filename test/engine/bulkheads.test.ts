import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connectors as installed } from '../../connectors/index.ts'
import okta from '../../connectors/okta/index.ts'
import { defineConnector } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, type Stage, setStage } from '../support/stage.ts'
import { pitConnector, startTarPit } from '../support/tar-pit.ts'
import { vaultGrants } from '../support/vault.ts'

const db = await testDatabase()
const users = [LENA.enterpriseUserId, LENA.databaseUserId]

/** A call that hangs lasts longer than any test here waits. */
const timing = { outboundSeconds: 30, leaseSeconds: 60, renewSeconds: 5 }

const manyLogins = (count: number) =>
  oktaHook(Array.from({ length: count }, (_, i) => userEvent({ type: 'user.session.start', userId: `00ulogin${i}` })))

async function isShutInTime(stage: Stage): Promise<void> {
  stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
  // The bound of 2 s is the hub's; the rest is for the machine of this test.
  await eventually(() => expect(users.map(stage.isShut)).toEqual([true, true]), { withinSeconds: 5 })
}

describe('a connector that takes connections and never answers', () => {
  test.each([64, 300])('with %i events waiting holds up nobody’s lockout elsewhere (attack 1)', async (count) => {
    await using pit = await startTarPit()
    const connectors = [...installed, pitConnector]
    await using stage = await setStage({ db, connectors, settings: { PIT_URL: pit.url }, timing })
    await stage.hub.post(manyLogins(count))
    // Half of the eight slots, and not one more.
    await eventually(() => expect(pit.waiting()).toBe(4))
    await isShutInTime(stage)
    expect(pit.waiting()).toBe(4)
    pit.answer()
    await eventually(async () =>
      expect((await stage.hub.deliveries()).filter(({ status }) => status !== 'succeeded')).toEqual([]),
    )
  })

  test('with 200 revokes of a leaving wave holds up nobody’s lockout elsewhere (attack 1)', async () => {
    await using pit = await startTarPit()
    await using stage = await setInlineStage({
      db,
      connectors: [pitConnector],
      settings: {
        LUMOS_HOOK_SECRETS: 'pit/*:lumos-secret',
        PIT_URL: pit.url,
        PIT_GRANTS: vaultGrants,
        PIT_BUDGET_SECONDS: '6',
      },
      timing: { outboundSeconds: 2, leaseSeconds: 6, renewSeconds: 2 },
    })
    const people = Array.from({ length: 200 }, (_, i) => `leaver${i}@acme-demo.test`)
    const ask = (email: string) => stage.ask('deprovision', lumosBody({ email }), { connector: 'pit' })
    const answers = await Promise.all(people.map(ask))
    // Every call has run out of time once, and the queue has what is left.
    expect(answers.filter(({ ok }) => ok)).toEqual([])
    const waiting = await stage.hub.sql`select 1 from hub.delivery where status = 'pending'`
    expect(waiting.length).toBeGreaterThan(150)
    await isShutInTime(stage)
    pit.answer()
  })

  test('is tried by one delivery at a time once it did not answer, and all go on at its first answer (attack 1)', async () => {
    await using pit = await startTarPit()
    const connectors = [...installed, pitConnector]
    const waits = { outboundSeconds: 0.3, leaseSeconds: 3, renewSeconds: 1 }
    await using stage = await setStage({ db, connectors, settings: { PIT_URL: pit.url }, timing: waits })
    await stage.hub.post(manyLogins(40))
    await eventually(() => expect(pit.taken()).toBeGreaterThan(4))
    for (let looks = 0; looks < 20; looks++) {
      expect(pit.waiting()).toBeLessThanOrEqual(1)
      await sleep(30)
    }
    expect(pit.taken()).toBeLessThan(15)
    pit.answer()
    await eventually(async () =>
      expect((await stage.hub.deliveries()).filter(({ status }) => status !== 'succeeded')).toEqual([]),
    )
  })
})

describe('a vendor that is slow', () => {
  test('with thousands of routine deliveries waiting hears of a denial before them (attack 6)', async () => {
    const heard: string[] = []
    const slow = defineConnector({
      id: 'slow',
      on: {
        'user.*': async ({ event }) => {
          heard.push(event.type)
          await sleep(100)
        },
      },
    })
    await using stage = await setStage({ db, connectors: [...installed, slow] })
    for (let i = 0; i < 10; i++) await stage.hub.post(manyLogins(200))
    await eventually(() => expect(heard.length).toBeGreaterThan(20))
    const before = heard.length
    await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.suspend', userId: '00uleaver' })]))
    await eventually(() => expect(heard).toContain('user.lifecycle.suspend'), { withinSeconds: 5 })
    // Those that were at it, and a few that were claimed while the hook came in: not the nineteen hundred before it.
    expect(heard.indexOf('user.lifecycle.suspend') - before).toBeLessThan(100)
  })
})

describe('a denial', () => {
  test('waits for a second at most of the same person’s other work in the same lane (kind 12)', async () => {
    const heard: string[] = []
    const diary = defineConnector({
      id: 'diary',
      on: {
        'user.session.*': async () => {
          heard.push('login')
          await sleep(100)
        },
      },
      sync: {
        on: ['user.lifecycle.*'],
        plan: () => {
          heard.push('denial')
          return { changes: [], sightings: [] }
        },
        apply: () => {},
      },
    })
    await using stage = await setStage({ db, connectors: [okta, diary] })
    const login = userEvent({ type: 'user.session.start', userId: LENA.oktaId })
    await stage.hub.post(oktaHook(Array.from({ length: 45 }, (_, i) => ({ ...login, uuid: `login-${i}` }))))
    await eventually(() => expect(heard.length).toBeGreaterThan(2))
    stage.tenants.okta.users.transition(LENA.oktaId, 'deactivate')
    await eventually(() => expect(heard).toContain('denial'))
    // Ten of them fit into the second that the lane had begun.
    expect(heard.indexOf('denial')).toBeLessThan(20)
    await eventually(() => expect(heard.filter((word) => word === 'login')).toHaveLength(45))
  })
})
