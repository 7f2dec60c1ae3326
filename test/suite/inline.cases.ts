import { describe, expect } from 'vitest'
import { CAST } from '../../lab/simulators/seed.ts'
import { lumosBody } from '../support/inline-stage.ts'
import { declareCases } from './cases.ts'
import type { Runtime } from './runtime.ts'
import { type Person, type Scene, signAsLumos } from './scene.ts'

const header = 'x-lumos-webhook-signature'
const billing = (person: Person) => ({ email: person.email, permissions: ['billing'] })
const impersonate = (person: Person) => ({ email: person.email, permissions: ['impersonate'] })

const rolesOf = ({ tenants }: Scene, { userId }: Person) => tenants.auth0.roles.ofUser(userId).map(({ id }) => id)

/** A refusal is shown with its reason. */
async function read(answer: Promise<Response>): Promise<{ status: number; body: unknown }> {
  const response = await answer
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

const done = { status: 204, body: null }

export function describeInlineHooks(runtime: Runtime): void {
  describe('a signed inline hook', () => {
    const holds = declareCases(runtime)

    holds('to provision gives the access, and to deprovision takes it away, before it is answered', async (scene) => {
      const [asked, other] = [scene.takePerson(), scene.takePerson()]
      expect(await read(scene.ask({ kind: 'provision', about: billing(asked) }))).toEqual(done)
      expect([rolesOf(scene, asked), rolesOf(scene, other)]).toEqual([[CAST.access.role.id], []])
      expect(await read(scene.ask({ kind: 'deprovision', about: billing(asked) }))).toEqual(done)
      expect(rolesOf(scene, asked)).toEqual([])
    })

    holds('to Okta puts the person into the group, and takes the person out of it', async (scene) => {
      const person = scene.takePerson()
      const groups = () => scene.tenants.okta.groups.ofUser(person.oktaId).map(({ id }) => id)
      expect(await read(scene.ask({ connector: 'okta', kind: 'provision', about: billing(person) }))).toEqual(done)
      expect(groups()).toEqual([CAST.access.group.id])
      expect(await read(scene.ask({ connector: 'okta', kind: 'deprovision', about: billing(person) }))).toEqual(done)
      expect(groups()).toEqual([])
    })

    holds('to validate is answered by the customer’s own endpoint', async (scene) => {
      const [good, bad] = [scene.takePerson(), scene.takePerson()]
      scene.relay.access.reject(bad.email, 'Not during the freeze.')
      const ask = (person: Person) =>
        read(scene.ask({ connector: 'relay', kind: 'validate', about: impersonate(person) }))
      expect(await ask(good)).toEqual({ status: 200, body: { output: { response: true } } })
      const refused = { response: false, error_message: 'Not during the freeze.' }
      expect(await ask(bad)).toEqual({ status: 200, body: { output: refused } })
    })

    holds('to preapprove is answered by the customer’s own endpoint', async (scene) => {
      const about = impersonate(scene.takePerson())
      const output = { response: false, reason_for_preapproval: 'By policy.' }
      expect(await read(scene.ask({ connector: 'relay', kind: 'preapprove', about }))).toEqual({
        status: 200,
        body: { output },
      })
    })

    holds('is let in on its signature over the raw bytes alone', async (scene) => {
      const person = scene.takePerson()
      const body = `${JSON.stringify(lumosBody({ app: 'crm', ...billing(person) }))}  `
      const statusOf = async (text: string, signature: string) =>
        (await scene.send('auth0/provision', text, { [header]: signature })).status
      const good = signAsLumos(body)
      expect(await statusOf(body, '')).toBe(401)
      expect(await statusOf(body.trim(), good)).toBe(401)
      expect(await statusOf(body, signAsLumos(body, { secret: 'another' }))).toBe(401)
      expect(await statusOf(body, signAsLumos(body, { at: Date.now() - 301_000 }))).toBe(401)
      expect(await statusOf(body, signAsLumos(body, { at: Date.now() + 301_000 }))).toBe(401)
      expect(await statusOf(body, `${good},sig:v1=00ff`)).toBe(401)
      expect(rolesOf(scene, person)).toEqual([])
      expect(await statusOf(body, `${good},sig:v2=00ff`)).toBe(204)
      expect(rolesOf(scene, person)).toEqual([CAST.access.role.id])
    })

    holds('gives access for two seconds, which ends by itself', async (scene) => {
      const person = scene.takePerson()
      const about = { ...billing(person), length: 2 }
      expect(await read(scene.ask({ kind: 'provision', about }))).toEqual(done)
      expect(rolesOf(scene, person)).toEqual([CAST.access.role.id])
      await scene.eventually(() => expect(rolesOf(scene, person)).toEqual([]))
      await scene.eventually(async () =>
        expect((await scene.deliveries(person)).filter(({ status }) => status === 'pending')).toEqual([]),
      )
    })

    holds('to deprovision that cannot be done in time is answered 503, and done later', async (scene) => {
      const person = scene.takePerson()
      const about = impersonate(person)
      expect(await read(scene.ask({ connector: 'relay', kind: 'provision', about }))).toEqual(done)
      expect(scene.relay.access.of(person.email)).toEqual(['impersonate-customers'])
      // Longer than the connector's budget of 1 s, and than the limit of an outbound call.
      scene.relay.misbehave({ delayMs: 3000, status: 503, times: 2 })
      expect(await read(scene.ask({ connector: 'relay', kind: 'deprovision', about }))).toMatchObject({
        status: 503,
        body: { code: 'goes_on' },
      })
      await scene.eventually(() => expect(scene.relay.access.of(person.email)).toEqual([]))
      await scene.eventually(async () =>
        expect((await scene.deliveries(person)).filter(({ kind }) => kind === 'deprovision')).toMatchObject([
          { status: 'succeeded' },
        ]),
      )
    })

    holds('to provision that is older than a revoke is never carried out', async (scene) => {
      const person = scene.takePerson()
      const about = impersonate(person)
      scene.relay.misbehave({ path: '/hub', delayMs: 3000, status: 503, times: 1 })
      expect((await scene.ask({ connector: 'relay', kind: 'provision', about })).status).toBe(503)
      scene.relay.calm()
      await scene.eventually(async () =>
        expect(await read(scene.ask({ connector: 'relay', kind: 'deprovision', about }))).toEqual(done),
      )
      await scene.eventually(async () => {
        const open = (await scene.deliveries(person)).filter(({ status }) => ['pending', 'uncertain'].includes(status))
        expect(open.filter(({ status }) => status === 'pending')).toEqual([])
      })
      expect(scene.relay.access.of(person.email)).toEqual([])
    })
  })
}
