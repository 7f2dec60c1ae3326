import { readFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { makeAdminEnvironment, makeAuth0Environment } from '../../lab/environment.ts'
import type { Tenants } from '../../lab/simulators/seed.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { eventually } from '../support/eventually.ts'
import { startHub, type TestHub } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'
import { setStage } from '../support/stage.ts'

const db = await testDatabase()
const file = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8')
const { auth0 } = Object.fromEntries(connectors.map((one) => [one.id, one]))

const hubs: TestHub[] = []
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub[Symbol.asyncDispose]()
})

async function watchingHub(tenants: Tenants): Promise<TestHub> {
  const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, watchEverySeconds: 0.3, retrySeconds: 0.1 }
  const upkeep = { resync: false, verify: { searchDays: 90 }, file, timing }
  const hub = await startHub({ db, tenants, settings: { AUTH0_BLOCK: 'false' }, upkeep })
  hubs.push(hub)
  return hub
}

async function deployAction(tenants: Tenants): Promise<void> {
  const settings: Record<string, string> = { ...makeAuth0Environment(tenants.auth0), ...makeAdminEnvironment(tenants) }
  await auth0?.commands?.['deploy-action']?.run({
    ...{ setting: (name) => settings[name], options: {}, file, fetch, say: () => {} },
    credential: async () => tenants.auth0.client.clientSecret,
  })
}

const changed = async (hub: TestHub) => (await hub.alerts()).filter((type) => type === 'hub.alert.setup_changed')
const looks = ({ auth0: tenant }: Tenants) => tenant.calls.filter(({ path }) => path.includes('/bindings')).length
const writes = ({ auth0: tenant }: Tenants) =>
  tenant.calls.filter(({ method, path }) => method !== 'GET' && path.includes('/actions')).length

test('an Action that somebody took out of the login flow is alerted, and not bound by the hub (case 34)', async () => {
  await using stage = await setStage({ db })
  const { tenants } = stage
  await deployAction(tenants)
  const hub = await watchingHub(tenants)
  const before = looks(tenants)
  await eventually(() => expect(looks(tenants)).toBeGreaterThan(before + 1))
  expect(await changed(hub)).toEqual([])

  const written = writes(tenants)
  tenants.auth0.actions.bind('post-login', { bindings: [] })
  await eventually(async () => expect(await changed(hub)).toHaveLength(1))
  const seen = looks(tenants)
  await eventually(() => expect(looks(tenants)).toBeGreaterThan(seen + 1))
  expect(await changed(hub)).toHaveLength(1)
  expect(writes(tenants)).toBe(written)
  expect(tenants.auth0.actions.bindings('post-login')).toEqual([])
})

test('without the right to read Actions nothing is alerted of them', async () => {
  const scopes = ['read:users', 'update:users', 'update:users_app_metadata']
  const clients = [{ clientId: 'weak', clientSecret: 'weak-secret', scopes }]
  await using stage = await setStage({ db, tenants: { auth0: { clients } } })
  const hub = await watchingHub(stage.tenants)
  await eventually(() =>
    expect(stage.tenants.auth0.calls.filter(({ path }) => path.includes('/actions')).length).toBeGreaterThan(1),
  )
  expect(await changed(hub)).toEqual([])
})
