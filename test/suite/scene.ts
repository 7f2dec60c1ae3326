import { createHmac } from 'node:crypto'
import { makeEnvironment, makeGrantEnvironment, registerEventHook } from '../../lab/environment.ts'
import { type RelayReceiver, startRelayReceiver } from '../../lab/simulators/relay/server.ts'
import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { postHook } from '../support/hub.ts'
import { lumosBody } from '../support/inline-stage.ts'
import type { RunningHub, Runtime } from './runtime.ts'

const relaySecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const signingSecret = 'a-signing-secret-of-the-suite-that-grants-nothing-real'
const peopleOfAScene = 40

const hookedTypes = ['activate', 'deactivate', 'suspend', 'unsuspend'].map((verb) => `user.lifecycle.${verb}`)

export type Person = { oktaId: string; email: string; userId: string }

type Delivery = { id: string; kind: string; status: string; attempts: number; code: string | null }

/** A hub of one runtime between its simulated tenants, with the event hook installed. */
export type Scene = AsyncDisposable & {
  hub: RunningHub
  tenants: Tenants
  relay: RelayReceiver
  /** The next person to whom nothing has happened yet, with a session at Auth0. */
  takePerson(): Person
  /** Sends an event hook as Okta would; a text goes out as it is. */
  post(body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Sends a signed inline hook as Lumos would. */
  ask(hook: { connector?: string; kind: string; about: Parameters<typeof lumosBody>[0] }): Promise<Response>
  /** The same with a signature of one's own. */
  send(path: string, body: string, headers: Record<string, string>): Promise<Response>
  /** Flagged, blocked, and without sessions. */
  isShut(person: Person): boolean
  isOpen(person: Person): boolean
  /** All deliveries about this person, the oldest first. */
  deliveries(person: Person): Promise<Delivery[]>
  /** Repeats a check until it holds; where the runtime has a clock, that goes on meanwhile. */
  eventually<T>(check: () => T | Promise<T>): Promise<T>
  /** Ends every misbehaviour. */
  calm(): void
}

export type SceneQuestion = { runtime: Runtime; settings?: Record<string, string>; entry?: 'test' | 'shipped' }

/** Resync, verification and the brake would make up for what got lost, or hold it back. */
const alone = { HUB_RESYNC: 'off', HUB_VERIFY: 'off', HUB_BRAKE_PEOPLE: '0' }
const scaled = { HUB_LEASE_SECONDS: '4', HUB_OUTBOUND_SECONDS: '1.5', RELAY_BUDGET_SECONDS: '1' }

export async function setScene({ runtime, settings, entry = 'test' }: SceneQuestion): Promise<Scene> {
  const people = Array.from({ length: peopleOfAScene }, (_, i) => makePerson(i))
  const tenants = await startTenants({
    okta: { users: people.map(({ oktaId: id, email }) => ({ id, profile: profileOf(email) })), hookTimeoutMs: 3000 },
    auth0: {
      users: people.map(({ oktaId: id, email }) => ({ connection: CAST.connections.enterprise, id, email })),
    },
  })
  const relay = await startRelayReceiver({ secrets: [relaySecret] })
  // Here every inline hook is signed.
  const { LUMOS_HOOK_SECRETS: _secrets, ...grants } = makeGrantEnvironment()
  const env = {
    ...makeEnvironment(tenants),
    ...grants,
    LUMOS_SIGNING_SECRETS: `*/*:${signingSecret}`,
    LUMOS_END_ACCESS: 'true',
    RELAY_URL: relay.url,
    RELAY_SECRETS: relaySecret,
    RELAY_GRANTS: JSON.stringify({ crm: { impersonate: 'impersonate-customers' } }),
    RELAY_ASKS_HAS: 'true',
    ...alone,
    ...(entry === 'test' ? scaled : {}),
    ...settings,
  }
  const hub = await runtime.start({ env, entry })
  await registerEventHook(tenants.okta, { url: `${hub.url}/hooks/okta`, types: hookedTypes })
  const send: Scene['send'] = (path, body, headers) =>
    fetch(`${hub.url}/hooks/lumos/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
  const flagOf = ({ userId }: Person) =>
    (tenants.auth0.users.get(userId).app_metadata.okta as { deactivated?: boolean } | undefined)?.deactivated ?? false
  return {
    hub,
    tenants,
    relay,
    takePerson() {
      const person = people.shift()
      if (!person) throw new Error(`A scene has ${peopleOfAScene} people.`)
      tenants.auth0.sessions.open({ userId: person.userId, clientId: 'app' })
      return person
    },
    post: (body, headers) => postHook({ url: hub.url, body, ...(headers ? { headers } : {}) }),
    send,
    ask({ connector = 'auth0', kind, about }) {
      const body = JSON.stringify(lumosBody({ app: 'crm', ...about }))
      return send(`${connector}/${kind}`, body, { 'x-lumos-webhook-signature': signAsLumos(body) })
    },
    isShut: (person) =>
      flagOf(person) &&
      tenants.auth0.users.get(person.userId).blocked === true &&
      tenants.auth0.sessions.ofUser(person.userId).length === 0,
    isOpen: (person) => !flagOf(person) && !tenants.auth0.users.get(person.userId).blocked,
    deliveries: async ({ oktaId }) => [
      ...(await hub.sql<Delivery[]>`
        select d.id, d.kind, d.status, d.attempts, d.code from hub.delivery d join hub.person p on p.id = d.person
        where p.authority_id = ${oktaId} order by d.seq`),
    ],
    eventually: (check) => eventuallyTicked(hub, check),
    calm() {
      for (const one of [tenants.okta, tenants.auth0, relay]) one.calm()
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]()
      await Promise.all([tenants.close(), relay.close()])
    },
  }
}

/** Lumos signs the time and the raw bytes. */
export function signAsLumos(body: string, { secret = signingSecret, at = Date.now() } = {}): string {
  return `ts=${at},sig:v1=${createHmac('sha256', secret).update(`${at}:${body}`).digest('hex')}`
}

const tickMs = 1000

/** A tick may last as long as there is work: the check goes on meanwhile. A tick that fails shows in the check. */
async function eventuallyTicked<T>(hub: RunningHub, check: () => T | Promise<T>): Promise<T> {
  let isTicking = false
  let tickedAt = Date.now()
  return eventually(
    () => {
      if (!isTicking && Date.now() - tickedAt > tickMs) {
        isTicking = true
        void hub
          .tick()
          .catch(() => {})
          .finally(() => {
            isTicking = false
            tickedAt = Date.now()
          })
      }
      return check()
    },
    { withinSeconds: 45, everyMs: 50 },
  )
}

function makePerson(i: number): Person {
  const oktaId = `00usuite${String(i).padStart(12, '0')}`
  const userId = `okta|${CAST.connections.enterprise}|${oktaId}`
  return { oktaId, userId, email: `person.${i}@acme-demo.test` }
}

function profileOf(email: string) {
  return { login: email, email, firstName: 'Person', lastName: email.slice(7, 9) }
}
