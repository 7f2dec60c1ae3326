import { describe, expect } from 'vitest'
import { declareCases } from './cases.ts'
import type { Runtime } from './runtime.ts'

const reason = ['--reason', 'HR confirmed it', '--by', 'ann'] as const

export function describeBrake(runtime: Runtime): void {
  describe('the brake', () => {
    const holds = declareCases(runtime, { settings: { HUB_BRAKE_PEOPLE: '2' } })

    holds('holds a mass deactivation after two people, and an operator lets the rest pass', async (scene) => {
      const leavers = Array.from({ length: 6 }, () => scene.takePerson())
      for (const { oktaId } of leavers) scene.tenants.okta.users.transition(oktaId, 'deactivate')
      const held = () => scene.hub.sql`select 1 from hub.delivery where status = 'held'`
      await scene.eventually(async () => expect(await held()).toHaveLength(4))
      expect(leavers.filter((one) => scene.isShut(one))).toHaveLength(2)
      expect(await scene.hub.sql`select 1 from hub.event where type = 'hub.alert.brake'`).toHaveLength(1)
      const released = await scene.hub.operate('brake', 'release', '--all', '--yes', ...reason)
      expect(released).toMatchObject({ code: 0, err: '' })
      await scene.eventually(() => expect(leavers.filter((one) => !scene.isShut(one))).toEqual([]))
    })
  })
}
