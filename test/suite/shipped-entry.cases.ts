import { describe, expect } from 'vitest'
import { CAST } from '../../lab/simulators/seed.ts'
import { declareCases } from './cases.ts'
import type { Runtime } from './runtime.ts'

/** One lockout through what an operator starts, at the pace that is shipped. */
export function describeShippedEntry(runtime: Runtime): void {
  describe('the entry that is shipped', () => {
    const holds = declareCases(runtime, { entry: 'shipped' })

    holds('locks a person out whom Okta deactivates, and grants what is asked for', async (scene) => {
      const [leaver, asked] = [scene.takePerson(), scene.takePerson()]
      scene.tenants.okta.users.transition(leaver.oktaId, 'deactivate')
      await scene.eventually(() => expect(scene.isShut(leaver)).toBe(true))
      const about = { email: asked.email, permissions: ['billing'] }
      expect((await scene.ask({ kind: 'provision', about })).status).toBe(204)
      expect(scene.tenants.auth0.roles.ofUser(asked.userId)).toMatchObject([{ id: CAST.access.role.id }])
    })
  })
}
