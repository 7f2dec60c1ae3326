import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { hookSecret } from '../../lab/environment.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { declareCases } from './cases.ts'
import type { Runtime } from './runtime.ts'

const deactivated = (userId: string, uuid?: string) =>
  userEvent({ type: 'user.lifecycle.deactivate', userId, ...(uuid ? { uuid } : {}) })

export function describeHooks(runtime: Runtime): void {
  describe('an event hook', () => {
    const holds = declareCases(runtime)

    holds('is verified by its challenge, without a secret, and the answer is never cached', async ({ hub }) => {
      const challenge = (headers: Record<string, string>) => fetch(`${hub.url}/hooks/okta`, { headers })
      const answer = await challenge({ 'x-okta-verification-challenge': 'a-challenge' })
      expect([answer.status, await answer.json()]).toEqual([200, { verification: 'a-challenge' }])
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect((await challenge({})).status).toBe(400)
      expect((await challenge({ 'x-okta-verification-challenge': 'x'.repeat(1025) })).status).toBe(400)
    })

    holds('is in the journal, with its delivery, when the 204 arrives', async ({ hub, post }) => {
      for (let i = 0; i < 10; i++) {
        const { status } = await post(oktaHook([deactivated(`00uNOBODY${i}`, `journaled-${i}`)]))
        const [row] = await hub.sql`
          select count(*)::int as count from hub.delivery d join hub.event e on e.id = d.event_id
          where e.external_id = ${`journaled-${i}`}`
        expect([status, row?.count]).toEqual([204, 1])
      }
    })

    holds('of a deactivation locks the person out: flag, block, and sessions', async (scene) => {
      const [leaver, other] = [scene.takePerson(), scene.takePerson()]
      scene.tenants.okta.users.transition(leaver.oktaId, 'deactivate')
      await scene.eventually(() => expect(scene.isShut(leaver)).toBe(true))
      expect(scene.isOpen(other)).toBe(true)
      expect(scene.tenants.auth0.sessions.ofUser(other.userId)).toHaveLength(1)
    })

    holds('of a reactivation lets the person in again', async (scene) => {
      const person = scene.takePerson()
      scene.tenants.okta.users.transition(person.oktaId, 'deactivate')
      await scene.eventually(() => expect(scene.isShut(person)).toBe(true))
      scene.tenants.okta.users.transition(person.oktaId, 'activate')
      await scene.eventually(() => expect(scene.isOpen(person)).toBe(true))
    })

    holds('about a person with a token is read for the hub itself too, whatever Auth0 answers', async (scene) => {
      const { hub, tenants } = scene
      const [leaver, other] = [scene.takePerson(), scene.takePerson()]
      await hub.sql`
        insert into hub.token (id, hash, name, owner, role, source, authority_id, made_by, expires_at)
        values ('tok_leaver', ${'a'.repeat(64)}, 'a token', 'ann', 'viewer', 'okta', ${leaver.oktaId}, 'ann',
          now() + interval '1 day')`
      tenants.auth0.misbehave({ method: 'PATCH', status: 503 })
      for (const { oktaId } of [leaver, other]) tenants.okta.users.transition(oktaId, 'deactivate')
      await scene.eventually(async () => {
        const own = await hub.sql`
          select p.authority_id, d.status, p.denied_at is not null as denied
          from hub.delivery d join hub.person p on p.id = d.person where d.connector = 'hub'`
        expect(own).toEqual([{ authority_id: leaver.oktaId, status: 'succeeded', denied: true }])
      })
      scene.calm()
      for (const person of [leaver, other]) await scene.eventually(() => expect(scene.isShut(person)).toBe(true))
    })

    holds('that comes again is answered 204 and recorded once', async ({ hub, post, takePerson }) => {
      const hook = oktaHook([deactivated(takePerson().oktaId, 'twice')])
      const answers = await Promise.all([post(hook), post(hook)])
      answers.push(await post(hook))
      expect(answers.map(({ status }) => status)).toEqual([204, 204, 204])
      expect(await hub.sql`select 1 from hub.event where external_id = 'twice'`).toHaveLength(1)
    })

    holds('with many events locks out each person that it tells of', async (scene) => {
      const leavers = Array.from({ length: 12 }, () => scene.takePerson())
      scene.tenants.okta.misbehaveOnDelivery({ drop: true, times: leavers.length })
      for (const { oktaId } of leavers) scene.tenants.okta.users.transition(oktaId, 'deactivate')
      const { status } = await scene.post(oktaHook(leavers.map(({ oktaId }) => deactivated(oktaId))))
      expect(status).toBe(204)
      await scene.eventually(() => expect(leavers.filter((one) => !scene.isShut(one))).toEqual([]))
    })

    holds('with a wrong or no secret is answered 401 and not recorded', async ({ hub, post }) => {
      const hook = oktaHook([deactivated('00uNOBODY', 'unproved')])
      for (const authorization of ['wrong', `${hookSecret} `.repeat(2), '']) {
        expect((await post(hook, { authorization })).status).toBe(401)
      }
      expect(await hub.sql`select 1 from hub.event where external_id = 'unproved'`).toHaveLength(0)
    })

    holds('of more than 1 MiB is answered 413, with and without a length', async ({ hub }) => {
      for (const { bytes, status } of [
        { bytes: 1024 * 1024, status: 204 },
        { bytes: 1024 * 1024 + 1, status: 413 },
      ]) {
        const text = `"${'x'.repeat(bytes - 2)}"`
        for (const length of [{ 'content-length': bytes }, { 'transfer-encoding': 'chunked' }]) {
          expect({ length, status: await sendAlone({ url: hub.url, text, headers: length }) }).toEqual({
            length,
            status,
          })
        }
      }
    })

    holds(
      'whose body is packed by gzip is unpacked, and refused when there is more than 1 MiB in it',
      async ({ hub }) => {
        const send = (text: string) =>
          fetch(`${hub.url}/hooks/okta`, {
            method: 'POST',
            headers: { authorization: hookSecret, 'content-encoding': 'gzip' },
            body: new Uint8Array(gzipSync(text)),
          })
        const answers = [
          await send(JSON.stringify(oktaHook([deactivated('00uNOBODY', 'packed')]))),
          await send(`"${'x'.repeat(1024 * 1024)}"`),
        ]
        expect(answers.map(({ status }) => status)).toEqual([204, 413])
        expect(await hub.sql`select 1 from hub.event where external_id = 'packed'`).toHaveLength(1)
      },
    )

    holds('of a foreign org is journaled and alerted, and nothing follows from it', async ({ hub, post }) => {
      const org = 'https://preview.oktapreview.example'
      expect((await post(oktaHook([deactivated('00uNOBODY', 'foreign')], { org }))).status).toBe(204)
      expect(await hub.sql`select trusted from hub.event where external_id = 'foreign'`).toEqual([{ trusted: false }])
      expect(await hub.sql`select 1 from hub.event where type = 'hub.alert.foreign_sender'`).toHaveLength(1)
      expect(
        await hub.sql`select 1 from hub.delivery d join hub.event e on e.id = d.event_id where external_id = 'foreign'`,
      ).toHaveLength(0)
    })

    holds('finds the hub alive and ready', async ({ hub }) => {
      expect((await fetch(`${hub.url}/healthz`)).status).toBe(200)
      const answer = await fetch(`${hub.url}/readyz`)
      expect([answer.status, await answer.json()]).toEqual([200, { status: 'ready' }])
    })
  })
}

/** Sends a body on a connection of its own, with these headers and no others, and answers with the status. */
function sendAlone({
  url,
  text,
  headers,
}: {
  url: string
  text: string
  headers: Record<string, string | number>
}): Promise<number | undefined> {
  const options = { method: 'POST', agent: false, headers: { authorization: hookSecret, ...headers } }
  return new Promise((resolve, reject) => {
    const asking = request(`${url}/hooks/okta`, options, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    asking.once('error', reject)
    asking.end(text)
  })
}
