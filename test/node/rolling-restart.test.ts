// @module-tag process

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { startBalancer } from '../../lab/balancer.ts'
import { watchWrites } from '../../lab/chaos/writes.ts'
import { makeEnvironment } from '../../lab/environment.ts'
import { findFreePort, type HubProcess, startHubProcess } from '../../lab/hub-process.ts'
import { CAST, startTenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, postHook, userEvent } from '../support/hub.ts'
import { wipe } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const cwd = await mkdtemp(join(tmpdir(), 'bellhop-roll-'))
const running = new Set<HubProcess>()

afterEach(async () => {
  for (const hub of running) await hub.stop('SIGKILL')
  running.clear()
})
afterAll(() => rm(cwd, { recursive: true, force: true }))

const connection = CAST.connections.enterprise
const people = Array.from({ length: 12 }, (_, i) => `00uroll${String(i).padStart(3, '0')}`)
const userIdOf = (id: string) => `okta|${connection}|${id}`

test('two hubs behind a balancer, restarted one after the other, answer every hook with 204, lose none and keep the order', async () => {
  await wipe(db.sql)
  await using tenants = await startTenants({
    okta: { users: people.map((id) => ({ id, profile: profileOf(id) })) },
    auth0: { users: people.map((id) => ({ connection, id, email: `${id}@acme.test` })) },
  })
  const { okta, auth0 } = tenants
  const writes = watchWrites(auth0)
  const isFlagged = (id: string) => {
    const object = auth0.users.get(userIdOf(id)).app_metadata.okta as { deactivated?: boolean } | undefined
    return object?.deactivated === true
  }
  const settings = { HUB_RESYNC: 'off', HUB_BRAKE_PEOPLE: '0', HUB_DRAIN_SECONDS: '4' }
  const start = async (port: number) => {
    const env = { ...makeEnvironment(tenants), ...settings, PORT: String(port), DATABASE_URL: db.url }
    const hub = await startHubProcess({ cwd, env })
    running.add(hub)
    return hub
  }
  const hubs = [await start(await findFreePort()), await start(await findFreePort())]
  await using balancer = await startBalancer({ hubs: hubs.map(({ url }) => url), checkEverySeconds: 1 })

  const answers: number[] = []
  const acknowledged: string[] = []
  /** Once, with no second try: what is not answered with 204 would be lost. */
  const tell = async (type: string, userId: string) => {
    const uuid = randomUUID()
    const { status } = await postHook({ url: balancer.url, body: oktaHook([userEvent({ type, userId, uuid })]) })
    answers.push(status)
    if (status === 204) acknowledged.push(uuid)
  }
  let over = false
  const live = async (id: string, i: number) => {
    for (let turn = 0; !over; turn++) {
      const verb = turn % 2 ? 'activate' : 'deactivate'
      okta.users.transition(id, verb)
      await tell(`user.lifecycle.${verb}`, id)
      await sleep(150 + 20 * i)
    }
  }
  const lives = Promise.all(people.map(live))
  for (const hub of hubs) {
    await sleep(500)
    const port = Number(new URL(hub.url).port)
    expect(await hub.stop('SIGTERM')).toBe(0)
    await start(port)
    await balancer.takesIn(hub.url)
  }
  await sleep(500)
  over = true
  await lives

  expect(answers.filter((status) => status !== 204)).toEqual([])
  expect(new Set(balancer.calls.map(({ outcome }) => outcome))).toEqual(new Set([204]))
  const answeredBy = (url: string) => balancer.calls.filter((call) => call.url === url).length
  for (const { url } of hubs) expect(answeredBy(url)).toBeGreaterThan(0)
  const keys = await db.sql`select external_id from hub.event_key where source = 'okta'`
  expect(new Set(keys.map((row) => row.external_id))).toEqual(new Set(acknowledged))
  await eventually(
    async () => {
      expect(people.filter((id) => isFlagged(id) !== (okta.users.get(id).status === 'DEPROVISIONED'))).toEqual([])
      expect(await db.sql`select 1 from hub.delivery where status = 'pending'`).toHaveLength(0)
    },
    { withinSeconds: 30 },
  )
  expect(writes.landedOutOfOrder()).toEqual([])
}, 240_000)

function profileOf(id: string) {
  return { login: `${id}@acme.test`, email: `${id}@acme.test`, firstName: 'Some', lastName: 'Body' }
}
