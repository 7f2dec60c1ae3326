// @module-tag process

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { hookSecret, makeEnvironment } from '../../lab/environment.ts'
import { findFreePort, type HubProcess, startHubProcess } from '../../lab/hub-process.ts'
import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, postHook, userEvent } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const cwd = await mkdtemp(join(tmpdir(), 'bellhop-kill-'))
const running = new Set<HubProcess>()

// Loss is counted from the journal alone: nothing else may make up for it, or hold anything back.
const alone = { HUB_RESYNC: 'off', HUB_BRAKE_PEOPLE: '0' }
const lease = { ...alone, HUB_LEASE_SECONDS: '2', HUB_OUTBOUND_SECONDS: '0.9' }

afterEach(async () => {
  for (const hub of running) await hub.stop('SIGKILL')
  running.clear()
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

type Given = { tenants: Tenants; port?: number; settings?: Record<string, string> }

async function start({ tenants, port = 0, settings = lease }: Given): Promise<HubProcess> {
  const env = { ...makeEnvironment(tenants), ...settings, PORT: String(port), DATABASE_URL: db.url }
  const hub = await startHubProcess({ cwd, env })
  running.add(hub)
  return hub
}

const flagOf = ({ auth0 }: Tenants, userId: string) =>
  (auth0.users.get(userId).app_metadata.okta as { deactivated?: boolean } | undefined)?.deactivated ?? false

const lena = CAST.lena
const changed = (verb: 'activate' | 'deactivate', userId: string, uuid = randomUUID()) =>
  oktaHook([userEvent({ type: `user.lifecycle.${verb}`, userId, uuid })])

describe('a hub killed with SIGKILL', () => {
  test('loses no acknowledged event and nobody’s state, however often it dies while hooks pour in', async () => {
    await wipe(db.sql)
    const people = Array.from({ length: 40 }, (_, i) => `00ukill${String(i).padStart(3, '0')}`)
    await using tenants = await startTenants({
      okta: { users: people.map((id) => ({ id, profile: profileOf(id) })) },
      auth0: { users: people.map((id) => ({ connection: CAST.connections.enterprise, id, email: `${id}@acme.test` })) },
    })
    const port = await findFreePort()
    const url = `http://127.0.0.1:${port}`
    let hub = await start({ tenants, port })
    const acknowledged: string[] = []

    /** Okta gives up after one retry; a resync would come later. Here the sender goes on until a hub has answered. */
    const tell = async (body: unknown, uuid: string) => {
      for (;;) {
        const answer = await postHook({ url, body }).catch(() => null)
        if (answer?.status === 204) return acknowledged.push(uuid)
        await sleep(40)
      }
    }
    const live = async (id: string, changes: number) => {
      for (let i = 0; i < changes; i++) {
        const verb = i % 2 ? 'activate' : 'deactivate'
        tenants.okta.users.transition(id, verb)
        const uuid = randomUUID()
        await tell(changed(verb, id, uuid), uuid)
        await sleep(500 + Math.random() * 1500)
      }
    }
    let lived = false
    const lives = Promise.all(people.map((id, i) => live(id, 4 + (i % 3)))).then(() => {
      lived = true
    })
    let kills = 0
    while (kills < 3 || (!lived && kills < 8)) {
      await sleep(300 + Math.random() * 1200)
      await hub.stop('SIGKILL')
      kills++
      hub = await start({ tenants, port })
    }
    await lives

    const recovering = performance.now()
    const keys = await db.sql`select external_id from hub.event_key join hub.event using (source, external_id)
      where source = 'okta'`
    expect(new Set(keys.map((row) => row.external_id))).toEqual(new Set(acknowledged))
    expect(acknowledged.length).toBeGreaterThanOrEqual(190)
    await eventually(
      async () => {
        const wrong = people.filter((id) => {
          const denied = tenants.okta.users.get(id).status === 'DEPROVISIONED'
          return flagOf(tenants, `okta|${CAST.connections.enterprise}|${id}`) !== denied
        })
        expect(wrong).toEqual([])
        expect(await db.sql`select 1 from hub.delivery where status = 'pending'`).toHaveLength(0)
        expect(await db.sql`select 1 from hub.owed where done_at is null`).toHaveLength(0)
      },
      { withinSeconds: 30 },
    )
    // The lease of 2 s, the retries that a crash may have cost, and room for a busy machine.
    expect(performance.now() - recovering).toBeLessThan(20_000)
  }, 180_000)

  test('between the flag and the revoke revokes after its restart', async () => {
    await wipe(db.sql)
    await using tenants = await startTenants()
    const { okta, auth0 } = tenants
    auth0.sessions.open({ userId: lena.enterpriseUserId, clientId: 'app' })
    auth0.misbehave({ method: 'POST', path: /revoke-access/, delayMs: 5000, cut: 'before', times: 1 })
    const hub = await start({ tenants })
    okta.users.transition(lena.oktaId, 'deactivate')
    await postHook({ url: hub.url, body: changed('deactivate', lena.oktaId) })
    await eventually(() => expect(flagOf(tenants, lena.enterpriseUserId)).toBe(true))
    await hub.stop('SIGKILL')
    expect(auth0.sessions.ofUser(lena.enterpriseUserId)).toHaveLength(1)
    expect((await db.sql`select 1 from hub.owed where done_at is null`).length).toBeGreaterThan(0)

    await start({ tenants })
    await eventually(() => expect(auth0.sessions.ofUser(lena.enterpriseUserId)).toEqual([]))
    await eventually(async () => expect(await db.sql`select 1 from hub.owed where done_at is null`).toHaveLength(0))
  })
})

test('a hub stopped beyond its lease is fenced out by the one that took over, and the final state is right', async () => {
  await wipe(db.sql)
  await using tenants = await startTenants()
  const { okta, auth0 } = tenants
  const stale = await start({ tenants })
  okta.users.transition(lena.oktaId, 'deactivate')
  await postHook({ url: stale.url, body: changed('deactivate', lena.oktaId) })
  await eventually(() => expect(auth0.users.get(lena.databaseUserId).blocked).toBe(true))
  await eventually(async () =>
    expect(await db.sql`select 1 from hub.delivery where status = 'pending'`).toHaveLength(0),
  )

  // Stopped in the middle of letting the person in: the write goes on at Auth0, and no process reads its answer.
  auth0.misbehave({ method: 'PATCH', delayMs: 600, times: 2 })
  const writes = auth0.calls.length
  okta.users.transition(lena.oktaId, 'activate')
  await postHook({ url: stale.url, body: changed('activate', lena.oktaId) })
  await eventually(async () =>
    expect(
      await db.sql`select 1 from hub.lane where key like 'target:%'
    and lease_until > now()`,
    ).not.toHaveLength(0),
  )
  process.kill(stale.pid, 'SIGSTOP')
  const fresh = await start({ tenants })
  okta.users.transition(lena.oktaId, 'deactivate')
  await postHook({ url: fresh.url, body: changed('deactivate', lena.oktaId) })
  await sleep(2500)
  process.kill(stale.pid, 'SIGCONT')
  await eventually(async () => {
    expect([lena.enterpriseUserId, lena.databaseUserId].map((id) => flagOf(tenants, id))).toEqual([true, true])
    // The searches a minute and a day after a lockout are no part of this: nothing is due within half a minute.
    expect(
      await db.sql`select 1 from hub.delivery
        where status = 'pending' or next_attempt_at < now() + interval '30 seconds'`,
    ).toHaveLength(0)
  })
  expect(auth0.calls.length).toBeGreaterThan(writes)
  await eventually(() => expect(stale.log.join('\n')).toContain('Lost the lease of a lane'))
})

describe('a hub ended with SIGTERM', () => {
  test('settles the work under way and exits with 0 within 10 s, though a client never finishes its request', async () => {
    await wipe(db.sql)
    await using tenants = await startTenants()
    const { okta, auth0 } = tenants
    const hub = await start({ tenants, settings: alone })
    auth0.misbehave({ method: 'PATCH', delayMs: 1500, times: 1 })
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `POST /hooks/okta HTTP/1.1\r\nhost: hub\r\nauthorization: ${hookSecret}\r\ncontent-length: 100\r\n\r\n{`,
    )
    okta.users.transition(lena.oktaId, 'deactivate')
    await postHook({ url: hub.url, body: changed('deactivate', lena.oktaId) })
    await eventually(async () => expect(await db.sql`select 1 from hub.owed`).not.toHaveLength(0))
    const askedAt = performance.now()
    expect(await hub.stop('SIGTERM')).toBe(0)
    socket.destroy()
    expect(performance.now() - askedAt).toBeLessThan(10_000)
    expect(await db.sql`select status from hub.delivery`).toMatchObject([{ status: 'succeeded' }])
    expect(await db.sql`select 1 from hub.lane where lease_until is not null`).toHaveLength(0)
    expect([lena.enterpriseUserId, lena.databaseUserId].map((id) => flagOf(tenants, id))).toEqual([true, true])
  })
})

function profileOf(id: string) {
  return { login: `${id}@acme.test`, email: `${id}@acme.test`, firstName: 'Some', lastName: 'Body' }
}
