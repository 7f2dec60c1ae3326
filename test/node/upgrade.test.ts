// @module-tag process

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { makeEnvironment } from '../../lab/environment.ts'
import { type HubProcess, startHubProcess } from '../../lab/hub-process.ts'
import { CAST, startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { readMigrations } from '../../src/node/postgres/database.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, postHook, userEvent } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'
import { checkOut, findPreviousCommit } from '../support/previous-hub.ts'

const db = await testDatabase({ empty: true })
const folder = await mkdtemp(join(tmpdir(), 'bellhop-previous-'))
const running = new Set<HubProcess>()

afterEach(async () => {
  for (const hub of running) await hub.stop('SIGKILL')
  running.clear()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function start(tenants: Tenants, file?: string): Promise<HubProcess> {
  // What a hub delivers, it delivers because a hook came: a resync would bring it too.
  const env = { ...makeEnvironment(tenants), DATABASE_URL: db.url, HUB_RESYNC: 'off' }
  const hub = await startHubProcess({ cwd: folder, env, ...(file === undefined ? {} : { file }) })
  running.add(hub)
  return hub
}

// Fails for a new migration without a true mark: then old hubs have to be stopped for it, which is to be the exception.
test('the hub of the version before goes on taking and delivering hooks while and after the database is migrated', async ({
  skip,
}) => {
  const previous = await findPreviousCommit()
  if ('none' in previous) return skip(previous.none)
  const file = await checkOut(previous.commit, folder)
  await using tenants = await startTenants()
  const { okta, auth0 } = tenants
  const lena = CAST.lena

  const delivers = async (hub: HubProcess, verb: 'activate' | 'deactivate') => {
    expect(await (await fetch(`${hub.url}/readyz`)).text()).toBe('{"status":"ready"}')
    okta.users.transition(lena.oktaId, verb)
    const body = oktaHook([userEvent({ type: `user.lifecycle.${verb}`, userId: lena.oktaId })])
    expect((await postHook({ url: hub.url, body })).status).toBe(204)
    await eventually(
      async () => {
        expect(auth0.users.get(lena.databaseUserId).blocked ?? false).toBe(verb === 'deactivate')
        expect(await db.sql`select 1 from hub.delivery where status <> 'succeeded'`).toHaveLength(0)
      },
      { withinSeconds: 30 },
    )
  }

  const older = await start(tenants, file)
  await delivers(older, 'deactivate')

  const newer = await start(tenants)
  const applied = await db.sql`select name from hub.migration order by number`
  expect(applied.map(({ name }) => name)).toEqual((await readMigrations()).map(({ name }) => name))
  await delivers(newer, 'activate')
  await newer.stop()

  await delivers(older, 'deactivate')
  await older.stop()
  await delivers(await start(tenants, file), 'activate')
})
