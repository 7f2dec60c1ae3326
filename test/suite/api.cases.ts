import { describe, expect } from 'vitest'
import { declareCases } from './cases.ts'
import type { Runtime } from './runtime.ts'
import type { Scene } from './scene.ts'

export function describeApi(runtime: Runtime): void {
  describe('the operations API', () => {
    const holds = declareCases(runtime)

    const makeToken = async ({ hub }: Scene, role: string) =>
      (await hub.operate('token', 'make', '--for', 'ann@acme.test', '--role', role)).out.trim()

    const ask = async ({ hub }: Scene, path: string, token: string | null, init: RequestInit = {}) => {
      const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
      const answer = await fetch(`${hub.url}/api${path}`, { ...init, headers })
      return { status: answer.status, body: JSON.parse(await answer.text()) }
    }

    holds('shows a lockout to who has a token, and nothing to anybody else', async (scene) => {
      const token = await makeToken(scene, 'viewer')
      const lena = scene.takePerson()
      scene.tenants.okta.users.transition(lena.oktaId, 'deactivate')
      await scene.eventually(() => expect(scene.isShut(lena)).toBe(true))
      await scene.eventually(async () => {
        const { body } = await ask(scene, `/v1/deliveries?person=${lena.oktaId}`, token)
        expect(body.deliveries).toMatchObject([{ connector: 'auth0', status: 'succeeded', direction: 'deny' }])
        const person = await ask(scene, `/v1/people/${body.deliveries[0].person}`, token)
        expect(person).toMatchObject({ status: 200, body: { standings: [{ code: 'shut' }] } })
      })
      expect((await ask(scene, '/v1/me', null)).status).toBe(401)
      expect((await ask(scene, '/openapi.json', null)).body).toMatchObject({ openapi: '3.1.0' })
    })

    holds('carries out an order of an operator, and refuses it to a viewer', async (scene) => {
      const [viewer, operator] = [await makeToken(scene, 'viewer'), await makeToken(scene, 'operator')]
      const omar = scene.takePerson()
      scene.tenants.okta.users.transition(omar.oktaId, 'deactivate')
      await scene.eventually(async () => expect(await scene.deliveries(omar)).toMatchObject([{ status: 'succeeded' }]))
      const [delivery] = await scene.deliveries(omar)
      const replay = { method: 'POST', body: JSON.stringify({ reason: 'again' }) }
      const path = `/v1/deliveries/${delivery?.id}/replay`
      expect((await ask(scene, path, viewer, replay)).status).toBe(403)
      expect(await ask(scene, path, operator, replay)).toMatchObject({ status: 200, body: { id: delivery?.id } })
      await scene.eventually(async () => {
        const [again] = await scene.deliveries(omar)
        expect(again).toMatchObject({ status: 'succeeded', attempts: (delivery?.attempts ?? 0) + 1 })
      })
    })
  })
}
