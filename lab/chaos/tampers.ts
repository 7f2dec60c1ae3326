import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { registerEventHook } from '../environment.ts'
import { buildLogEvent, buildUserTarget } from '../simulators/okta/log-event.ts'
import { isJsonObject } from '../simulators/values.ts'
import type { Result } from './judge.ts'
import type { Scenario } from './scenarios.ts'
import type { Stage } from './stage.ts'
import type { Traffic } from './traffic.ts'

/** One thing that is broken on purpose, without a word to the code that counts, and the count in which it must show. */
type Tamper = {
  how: string
  counted(result: Result): number
  scenario?: Partial<Scenario>
  breakIt(stage: Stage, traffic: Traffic): Promise<unknown>
}

const longAgo = '2001-01-01T00:00:00.000Z'

export const tampers: readonly Tamper[] = [
  {
    how: 'the deliveries of an acknowledged event deleted from the journal',
    counted: ({ lost }) => lost,
    breakIt: ({ journal }, traffic) =>
      journal(
        (sql) => sql`delete from hub.delivery where event_id in (
          select event_id from hub.event_key where external_id = ${[...traffic.acknowledged()][0] ?? ''})`,
      ),
  },
  {
    how: 'a person blocked at Auth0 who is allowed at Okta, or unblocked who is denied',
    counted: ({ wrong }) => wrong,
    breakIt: async ({ people, tenants: { auth0 } }, traffic) => {
      const { userId = '' } = people.find((person) => traffic.wasTold(person)) ?? {}
      auth0.users.patch(userId, { blocked: auth0.users.get(userId).blocked !== true })
    },
  },
  {
    how: 'a write at Auth0 that rests on an older state than the one before it',
    counted: ({ outOfOrder }) => outOfOrder,
    breakIt: async ({ people, tenants: { auth0 } }) => {
      for (const changed_at of [new Date().toISOString(), longAgo]) {
        auth0.users.patch(people[0]?.userId ?? '', { app_metadata: { okta: { changed_at } } })
      }
    },
  },
  {
    how: 'a write sent to Auth0 that rests on an older state than the one sent before it',
    counted: ({ outOfOrder }) => outOfOrder,
    scenario: { vendorReorders: true },
    breakIt: sendOldState,
  },
  {
    how: "an attempt that began during another one of the same person's",
    counted: ({ overlapping }) => overlapping,
    breakIt: ({ journal }) =>
      journal(
        (sql) => sql`insert into hub.attempt (id, delivery_id, number, trigger, started_at, duration_ms, outcome)
          select id || '_again', delivery_id, number + 1, trigger, started_at + interval '1 millisecond', 5, outcome
          from hub.attempt a where duration_ms > 10
            -- The first tamper deleted deliveries whose attempts are still there, and count no more.
            and exists (select from hub.delivery d where d.id = a.delivery_id) limit 1`,
      ),
  },
  {
    how: 'an event journaled a second time',
    counted: ({ doubled }) => doubled,
    breakIt: ({ journal }) =>
      journal(
        (sql) => sql`insert into hub.event (id, source, external_id, type, time, received_at)
          select id || '_again', source, external_id, type, time, received_at from hub.event limit 1`,
      ),
  },
  {
    how: 'a delivery that was never settled',
    counted: ({ unfinished }) => unfinished,
    breakIt: ({ journal }) =>
      journal(
        (sql) => sql`update hub.delivery set status = 'pending' where id in (
          select id from hub.delivery where status = 'succeeded' and collapsed_into is null limit 1)`,
      ),
  },
  {
    how: 'a hook that is answered with a 4xx',
    counted: ({ answers4xx }) => answers4xx,
    breakIt: ({ tenants: { okta } }) => okta.deliver(okta.hooks.list()[0]?.id ?? '', 'this is not JSON'),
  },
  {
    how: 'a hub that keeps a sender waiting for 2.7 s',
    counted: ({ late }) => late,
    breakIt: (stage, traffic) => callWhileStopped(stage, traffic, 2700),
  },
  {
    how: 'a hub that lets a request run out at its sender after 3 s',
    counted: ({ late }) => late,
    breakIt: (stage, traffic) => callWhileStopped(stage, traffic, 3300),
  },
  {
    how: 'a hook that a balancer answers with 502',
    counted: ({ refused }) => refused,
    scenario: { balanced: true },
    breakIt: answer502,
  },
]

/** As a balancer does whose connection to a hub was cut. */
async function answer502({ tenants: { okta } }: Stage): Promise<void> {
  const server = createServer((asked, answer) => {
    const challenge = asked.headers['x-okta-verification-challenge']
    answer.writeHead(challenge ? 200 : 502, { 'content-type': 'application/json' })
    answer.end(JSON.stringify({ verification: challenge }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const hookId = await registerEventHook(okta, {
    url: `http://127.0.0.1:${port}`,
    types: ['user.lifecycle.deactivate'],
  })
  await okta.deliver(hookId, '{}')
  server.close()
  server.closeAllConnections()
}

/** As a hub would, by the API: what counts here is when a request came in, not when it took effect. */
async function sendOldState({ people, tenants: { auth0 } }: Stage): Promise<void> {
  const { clientId: client_id, clientSecret: client_secret } = auth0.client
  const grant = { grant_type: 'client_credentials', audience: `${auth0.url}/api/v2/`, client_id, client_secret }
  const { access_token } = await post(`${auth0.url}/oauth/token`, { method: 'POST', body: grant })
  const headers = { authorization: `Bearer ${access_token}` }
  for (const changed_at of [new Date().toISOString(), longAgo]) {
    const body = { app_metadata: { okta: { changed_at } } }
    await post(`${auth0.url}/api/v2/users/${encodeURIComponent(people[1]?.userId ?? '')}`, {
      method: 'PATCH',
      headers,
      body,
    })
    await sleep(5)
  }
}

type Posting = { method: string; headers?: Record<string, string>; body: unknown }

async function post(url: string, { method, headers, body }: Posting): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  if (!response.ok || !isJsonObject(answer)) throw new Error(`${url} answered ${response.status}`)
  return answer
}

/** Does not use the seat's `pause`, which would record an absence. */
async function callWhileStopped({ hubs, people, tenants }: Stage, traffic: Traffic, ms: number): Promise<void> {
  const pid = hubs[0]?.pid() ?? 0
  const user = tenants.okta.users.get(people[1]?.oktaId ?? '')
  process.kill(pid, 'SIGSTOP')
  traffic.sender.send(buildLogEvent({ eventType: 'user.account.update_profile', target: [buildUserTarget(user)] }))
  await sleep(ms)
  process.kill(pid, 'SIGCONT')
  while (traffic.sender.waiting() > 0) await sleep(20)
}
