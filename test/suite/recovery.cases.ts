import { describe, expect } from 'vitest'
import { oktaHook, userEvent } from '../support/hub.ts'
import { declareCases } from './cases.ts'
import type { Runtime } from './runtime.ts'
import type { Person, Scene } from './scene.ts'

const shut = (scene: Scene, person: Person) => scene.eventually(() => expect(scene.isShut(person)).toBe(true))

/** A delivery is settled after its last write. */
const settled = (scene: Scene, person: Person) =>
  scene.eventually(async () => {
    const last = (await scene.deliveries(person)).at(-1)
    expect(last).toMatchObject({ kind: 'sync', status: 'succeeded' })
    return last ?? { id: '', attempts: 0 }
  })

const isPaused = async ({ hub }: Scene) =>
  (await hub.sql`select 1 from hub.connector where id = 'auth0' and paused_until is not null`).length > 0

export function describeRecovery(runtime: Runtime): void {
  describe('a hub', () => {
    const holds = declareCases(runtime)

    holds('tries again what a vendor refuses, until it is done', async (scene) => {
      const person = scene.takePerson()
      scene.tenants.auth0.misbehave({ method: 'PATCH', status: 503, times: 4 })
      scene.tenants.okta.users.transition(person.oktaId, 'deactivate')
      await shut(scene, person)
      expect((await settled(scene, person)).attempts).toBeGreaterThan(1)
    })

    holds('does a delivery anew when an operator replays it', async (scene) => {
      const person = scene.takePerson()
      scene.tenants.okta.users.transition(person.oktaId, 'deactivate')
      await shut(scene, person)
      const { id } = await settled(scene, person)
      scene.tenants.auth0.users.patch(person.userId, { blocked: false })
      expect(scene.isShut(person)).toBe(false)
      expect(await scene.hub.operate('replay', id, '--reason', 'unblocked by hand')).toMatchObject({ code: 0, err: '' })
      await shut(scene, person)
      await scene.eventually(async () => {
        const manual = await scene.hub.sql`
          select outcome from hub.attempt where delivery_id = ${id} and trigger = 'manual'`
        expect(manual).toEqual([{ outcome: 'succeeded' }])
      })
    })

    holds(
      'pauses a connector whose credential is refused, probes it, and goes on when it works again',
      async (scene) => {
        const person = scene.takePerson()
        scene.tenants.auth0.misbehave({ status: 401 })
        scene.tenants.okta.users.transition(person.oktaId, 'deactivate')
        await scene.eventually(async () => expect(await isPaused(scene)).toBe(true))
        const calls = scene.tenants.auth0.calls.length
        await scene.eventually(() => expect(scene.tenants.auth0.calls.length).toBeGreaterThan(calls))
        expect([scene.isShut(person), await isPaused(scene)]).toEqual([false, true])
        scene.tenants.auth0.calm()
        await shut(scene, person)
        await scene.eventually(async () => expect(await isPaused(scene)).toBe(false))
      },
    )

    holds(
      'answers 503 in time and is not ready while its database is down, and goes on when it is back',
      async (scene) => {
        const { hub } = scene
        const person = scene.takePerson()
        const hook = oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: person.oktaId, uuid: 'down' })])
        scene.tenants.okta.misbehaveOnDelivery({ drop: true, times: 1 })
        scene.tenants.okta.users.transition(person.oktaId, 'deactivate')
        await hub.databaseDown()
        try {
          const answers = await Promise.all(
            Array.from({ length: 5 }, async () => {
              const askedAt = performance.now()
              const { status } = await scene.post(hook)
              return { status, inTime: performance.now() - askedAt < 2500 }
            }),
          )
          expect(answers).toEqual(Array(5).fill({ status: 503, inTime: true }))
          expect((await fetch(`${hub.url}/readyz`)).status).toBe(503)
          expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
        } finally {
          await hub.databaseUp()
        }
        await scene.eventually(async () => expect((await fetch(`${hub.url}/readyz`)).status).toBe(200))
        await scene.eventually(async () => expect((await scene.post(hook)).status).toBe(204))
        expect((await scene.post(hook)).status).toBe(204)
        await shut(scene, person)
        expect(await hub.sql`select 1 from hub.event where external_id = 'down'`).toHaveLength(1)
      },
    )

    holds('that is killed after its 204s does all of it after the restart', async (scene) => {
      const leavers = Array.from({ length: 8 }, () => scene.takePerson())
      scene.tenants.okta.misbehaveOnDelivery({ drop: true, times: leavers.length })
      // So slow that the kill comes in the middle of the work.
      scene.tenants.auth0.misbehave({ method: 'PATCH', delayMs: 1000, times: 4 })
      for (const { oktaId } of leavers) scene.tenants.okta.users.transition(oktaId, 'deactivate')
      const answers = await Promise.all(
        leavers.map(({ oktaId }) =>
          scene.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: oktaId })])),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual(leavers.map(() => 204))
      await scene.hub.restart()
      expect(leavers.every((one) => scene.isShut(one))).toBe(false)
      await scene.eventually(() => expect(leavers.filter((one) => !scene.isShut(one))).toEqual([]))
      await scene.eventually(async () =>
        expect(await scene.hub.sql`select 1 from hub.owed where done_at is null`).toHaveLength(0),
      )
    })

    holds('that is killed while a grant runs ends the grant in time after the restart', async (scene) => {
      const person = scene.takePerson()
      const about = { email: person.email, permissions: ['billing'], length: 3 }
      expect((await scene.ask({ kind: 'provision', about })).status).toBe(204)
      await scene.hub.restart()
      await scene.eventually(() => expect(scene.tenants.auth0.roles.ofUser(person.userId)).toEqual([]))
    })
  })
}
