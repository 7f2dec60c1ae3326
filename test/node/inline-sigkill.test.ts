// @module-tag process

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { makeEnvironment } from '../../lab/environment.ts'
import { type HubProcess, startHubProcess } from '../../lab/hub-process.ts'
import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { lumosBody } from '../support/inline-stage.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'
import { type RelayEndpoint, startRelayEndpoint } from '../support/relay-endpoint.ts'

const db = await testDatabase()
const cwd = await mkdtemp(join(tmpdir(), 'bellhop-inline-kill-'))
const running = new Set<HubProcess>()
const lenasDoor = `${CAST.lena.email} door:billing`

/** Retries come at their real pace; the times that decide who takes over are shorter. */
const scaled = { HUB_LEASE_SECONDS: '3', HUB_OUTBOUND_SECONDS: '1.5', RELAY_BUDGET_SECONDS: '5' }
const minute = { withinSeconds: 60 }

afterEach(async () => {
  for (const hub of running) await hub.stop('SIGKILL')
  running.clear()
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

async function start({ tenants, doors }: { tenants: Tenants; doors: RelayEndpoint }): Promise<HubProcess> {
  const env = {
    ...makeEnvironment(tenants),
    ...scaled,
    HUB_RESYNC: 'off',
    LUMOS_HOOK_SECRETS: 'relay/*:lumos-secret',
    RELAY_URL: doors.url,
    RELAY_SECRETS: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    RELAY_GRANTS: JSON.stringify({ 'orbit-admin': { 'billing:operate': 'door:billing' } }),
    RELAY_ASKS_HAS: 'true',
    HUB_OUTBOUND_ALLOW: '127.0.0.1/32',
    DATABASE_URL: db.url,
  }
  const hub = await startHubProcess({ cwd, env })
  running.add(hub)
  // The SDKs are loaded now, so that no budget is spent on that.
  await eventually(async () =>
    expect(await ask(hub, 'deprovision', lumosBody({ email: 'nobody@acme.test' }))).toBe(204),
  )
  doors.seen.length = 0
  return hub
}

/** The status, or null when the hub died meanwhile. */
async function ask(hub: HubProcess, kind: string, body: unknown): Promise<number | null> {
  const answer = await fetch(`${hub.url}/hooks/lumos/relay/${kind}`, {
    method: 'POST',
    headers: { authorization: 'lumos-secret' },
    body: JSON.stringify(body),
  }).catch(() => null)
  return answer?.status ?? null
}

async function settled(): Promise<void> {
  await eventually(async () => {
    const open = await db.sql`select kind, status, last_error from hub.delivery
      where grants is null and (status in ('pending', 'uncertain') or next_attempt_at is not null)`
    expect(open).toEqual([])
  }, minute)
}

test.each(['before', 'after'] as const)(
  'a grant that lands %s the hub is killed in the middle of it is taken away after the restart',
  async (effect) => {
    await wipe(db.sql)
    await using tenants = await startTenants()
    await using doors = await startRelayEndpoint()
    const hub = await start({ tenants, doors })
    doors.hold['access.provision'] = { effect, ms: 800 }
    const answer = ask(hub, 'provision', lumosBody())
    await eventually(() => expect(doors.seen).toContain('access.provision'))
    await hub.stop('SIGKILL')
    expect(await answer).toBeNull()
    await eventually(() => expect(doors.held.has(lenasDoor)).toBe(true))

    await start({ tenants, doors })
    await eventually(() => expect(doors.held.size).toBe(0), minute)
    await settled()
    expect(await db.sql`select 1 from hub.access_grant where ended_at is null`).toHaveLength(0)
  },
  180_000,
)

test('a grant with an end is recorded after the restart, with its end', async () => {
  await wipe(db.sql)
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors })
  doors.hold['access.provision'] = { effect: 'before', ms: 800 }
  const answer = ask(hub, 'provision', lumosBody({ length: 3600 }))
  await eventually(() => expect(doors.seen).toContain('access.provision'))
  await hub.stop('SIGKILL')
  expect(await answer).toBeNull()

  await start({ tenants, doors })
  await settled()
  expect([...doors.held]).toEqual([lenasDoor])
  const timers = await db.sql`
    select 1 from hub.delivery d join hub.access_grant g on g.id = any(d.grants)
    where d.status = 'pending' and d.next_attempt_at = g.until and not g.had_before`
  expect(timers).toHaveLength(1)
}, 180_000)

test('a grant that was journaled and not begun when the hub was killed never happens', async () => {
  await wipe(db.sql)
  await using tenants = await startTenants()
  await using doors = await startRelayEndpoint()
  const hub = await start({ tenants, doors })
  doors.hold['access.has'] = { effect: 'before', ms: 800 }
  const answer = ask(hub, 'provision', lumosBody())
  await eventually(() => expect(doors.seen).toContain('access.has'))
  await hub.stop('SIGKILL')
  expect(await answer).toBeNull()

  await start({ tenants, doors })
  await settled()
  expect(doors.seen).not.toContain('access.provision')
  expect(await db.sql`select status from hub.delivery where kind = 'provision'`).toEqual([{ status: 'superseded' }])
}, 180_000)

test.each([
  { when: 'while it was found out whose access it is', at: 'resolve' },
  { when: 'in the middle of the vendor’s call', at: 'call' },
])(
  'a revoke is done after the restart when the hub was killed $when',
  async ({ at }) => {
    await wipe(db.sql)
    await using tenants = await startTenants()
    await using doors = await startRelayEndpoint()
    const hub = await start({ tenants, doors })
    expect(await ask(hub, 'provision', lumosBody())).toBe(204)
    const asked = tenants.okta.calls.length
    if (at === 'resolve') tenants.okta.misbehave({ delayMs: 800, times: 1 })
    else doors.hold['access.deprovision'] = { effect: 'after', ms: 800 }
    const answer = ask(hub, 'deprovision', lumosBody())
    await eventually(async () => {
      if (at === 'call') expect(doors.seen).toContain('access.deprovision')
      else
        expect(await db.sql`select 1 from hub.delivery where kind = 'resolve' and status = 'pending'`).toHaveLength(1)
    })
    expect(asked).toBeGreaterThan(0)
    await hub.stop('SIGKILL')
    expect(await answer).toBeNull()
    expect(doors.held.size).toBe(1)

    await start({ tenants, doors })
    await eventually(() => expect(doors.held.size).toBe(0), minute)
    await settled()
    expect(await db.sql`select 1 from hub.access_grant where ended_at is null`).toHaveLength(0)
  },
  180_000,
)
