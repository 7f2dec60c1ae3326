import { beforeEach, describe, expect, test } from 'vitest'
import { connectors } from '../../../connectors/index.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { defaultUpkeepTiming } from '../../../src/core/policy.ts'
import { orderHeld } from '../../../src/operate/brake-orders.ts'
import { makeToken } from '../../../src/signin/make-token.ts'
import { admin } from '../../support/api.ts'
import { eventually } from '../../support/eventually.ts'
import { oktaHook, userEvent } from '../../support/hub.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA, OMAR, type Stage, setStage } from '../../support/stage.ts'

const db = await testDatabase()
const { sql } = db

beforeEach(async () => {
  await sql`truncate hub.token, hub.session, hub.brake_reservation, hub.brake_order, hub.hold, hub.protected cascade`
})

/** Makes a token of this person; returns what asks by it, with the status of the answer. */
async function makeAsk({ hub }: Stage, authorityId: string): Promise<() => Promise<number>> {
  const person = { source: 'okta', authorityId }
  const wish = { name: 'a script', owner: 'ann@acme.com', role: 'operator', days: 1, person, reason: null } as const
  const { text } = await makeToken({ journal: hub.journal, clock: systemClock }, admin, wish)
  return async () => (await fetch(`${hub.url}/api/v1/me`, { headers: { authorization: `Bearer ${text}` } })).status
}

type Facts = { connector: string; person: string; status: string; attempts: number; code: string | null }

const listDeliveries = () => sql<Facts[]>`
  select d.connector, p.authority_id as person, d.status, d.attempts, d.code
  from hub.delivery d join hub.person p on p.id = d.person order by d.event_id, d.connector`

const listOf = async (one: string) => (await listDeliveries()).filter(({ connector }) => connector === one)
const listOwn = () => listOf('hub')

const leave = ({ tenants }: Stage, oktaId: string) => tenants.okta.users.transition(oktaId, 'deactivate')

const isRefused = (ask: () => Promise<number>) => eventually(async () => expect(await ask()).toBe(401))

/** The hub with Okta alone: nothing is routed anywhere. */
const setBareStage = (options: Partial<Parameters<typeof setStage>[0]> = {}) =>
  setStage({ db, connectors: connectors.filter(({ id }) => id === 'okta'), ...options })

describe('the API is shut to a person who left, by the token’s next request after the read,', () => {
  test('though no user of theirs is found, the brake holds their lockout, an operator cancels it, or a user is in conflict', async () => {
    await using stage = await setStage({ db, settings: { HUB_BRAKE_PEOPLE: '1' } })
    const { okta } = stage.tenants
    const seed = (id: string, login: string, email = login) =>
      okta.users.seed({ id, profile: { login, email, firstName: 'N', lastName: 'N' } }).id
    const nils = seed('00uexampleNILSNOBODY', 'nils@acme-demo.test')
    const other = seed('00uOTHERLENA0000001', 'lena.old@acme-demo.test', LENA.email)
    const people = [nils, other, OMAR.oktaId, LENA.oktaId]
    const asks = await Promise.all(people.map((id) => makeAsk(stage, id)))
    expect(await Promise.all(asks.map((ask) => ask()))).toEqual([200, 200, 200, 200])
    for (const [i, id] of people.entries()) {
      leave(stage, id)
      await isRefused(asks[i] ?? (async () => 0))
    }
    const findAtAuth0 = async () => (await listOf('auth0')).map(({ status, code }) => code ?? status)
    await eventually(async () => expect(await findAtAuth0()).toEqual(['no_match', 'conflict', 'succeeded', 'brake']))
    const wrong = { direction: null, reason: 'a wrong import', ...operator() } as const
    const order = { kind: 'cancel', whom: LENA.oktaId, ...wrong } as const
    expect(await orderHeld({ journal: stage.hub.journal, clock: systemClock }, order)).toBe(1)
    await eventually(async () => expect(await findAtAuth0()).toContain('cancelled'))
    expect(await asks[3]?.()).toBe(401)
    expect((await listOwn()).map(({ status }) => status)).toEqual(Array(4).fill('succeeded'))
  })

  test('though the hub observes', async () => {
    await using stage = await setStage({ db, settings: { HUB_MODE: 'observe' } })
    const ask = await makeAsk(stage, LENA.oktaId)
    leave(stage, LENA.oktaId)
    await isRefused(ask)
    expect(stage.auth0Calls('PATCH')).toBe(0)
  })

  test('though Auth0 is paused, or hangs', async () => {
    await using stage = await setStage({ db, timing: { probeSeconds: 600 } })
    const [lena, omar] = [await makeAsk(stage, LENA.oktaId), await makeAsk(stage, OMAR.oktaId)]
    await stage.hub.journal.queue.pause({ id: 'auth0', reason: 'its secret was changed', probeSeconds: 600 })
    leave(stage, LENA.oktaId)
    await isRefused(lena)
    expect(await listDeliveries()).toMatchObject([
      { connector: 'auth0', status: 'pending', attempts: 0 },
      { connector: 'hub', person: LENA.oktaId },
    ])
    await stage.hub.journal.queue.resume(['auth0'])
    stage.tenants.auth0.misbehave({ delayMs: 1500 })
    leave(stage, OMAR.oktaId)
    await isRefused(omar)
    expect(stage.isOpen(OMAR.enterpriseUserId)).toBe(true)
    stage.tenants.auth0.calm()
  })

  test('though no connector is there that would compare them', async () => {
    await using stage = await setBareStage()
    const [lena, omar] = [await makeAsk(stage, LENA.oktaId), await makeAsk(stage, OMAR.oktaId)]
    leave(stage, LENA.oktaId)
    await isRefused(lena)
    expect(await omar()).toBe(200)
    await eventually(async () =>
      expect(await listDeliveries()).toMatchObject([{ connector: 'hub', person: LENA.oktaId, status: 'succeeded' }]),
    )
    stage.tenants.okta.users.transition(LENA.oktaId, 'activate')
    await eventually(async () => expect(await lena()).toBe(200))
  })
})

describe('a person with a token', () => {
  test('has a delivery of the hub’s own journaled with the 204, once for each event, and others have none', async () => {
    const woken: string[] = []
    await using stage = await setBareStage({ runs: false, onWoken: (lanes) => void woken.push(...lanes) })
    await makeAsk(stage, LENA.oktaId)
    const event = userEvent({ type: 'user.lifecycle.suspend', userId: LENA.oktaId })
    const neutral = userEvent({ type: 'user.account.update_profile', userId: LENA.oktaId })
    const others = userEvent({ type: 'user.lifecycle.suspend', userId: OMAR.oktaId })
    const hook = oktaHook([event, neutral, others])
    const answers = [await stage.hub.post(hook), await stage.hub.post(hook)]
    expect(answers.map(({ status }) => status)).toEqual([204, 204])
    expect(await listDeliveries()).toMatchObject([
      { connector: 'hub', person: LENA.oktaId, status: 'pending', attempts: 0 },
    ])
    expect(new Set(woken)).toEqual(new Set([`hub/okta/${LENA.oktaId}`]))
    expect(await sql`select key, authority, connector from hub.lane`).toEqual([
      { key: `hub/okta/${LENA.oktaId}`, authority: 'okta', connector: 'hub' },
    ])
  })

  test('is read until Okta answers, and what comes late or twice changes nothing', async () => {
    await using stage = await setBareStage()
    const { okta } = stage.tenants
    const ask = await makeAsk(stage, LENA.oktaId)
    okta.misbehave({ path: '/api', status: 500 })
    leave(stage, LENA.oktaId)
    await eventually(async () => expect((await listOwn())[0]?.attempts).toBeGreaterThan(1))
    expect(await ask()).toBe(200)
    okta.calm()
    await isRefused(ask)
    const published = new Date(Date.now() - 60_000).toISOString()
    const late = userEvent({ type: 'user.lifecycle.activate', userId: LENA.oktaId, published })
    await stage.hub.post(oktaHook([late]))
    await stage.hub.post(oktaHook([late]))
    await eventually(async () =>
      expect((await listOwn()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']),
    )
    expect(await ask()).toBe(401)
  })

  test('is not refused on the word of a hook while Okta is paused, and not tried again and again meanwhile', async () => {
    await using stage = await setBareStage({
      settings: { HUB_PROVISIONAL_DENY: 'true' },
      timing: { probeSeconds: 600 },
    })
    const ask = await makeAsk(stage, LENA.oktaId)
    await stage.hub.journal.queue.pause({ id: 'okta', reason: 'its token was changed', probeSeconds: 600 })
    leave(stage, LENA.oktaId)
    const countTries = async () => (await sql`select 1 from hub.attempt`).length
    await eventually(async () => expect(await countTries()).toBe(1))
    expect([await ask(), await listOwn()]).toMatchObject([200, [{ status: 'pending', attempts: 0 }]])
    await stage.hub.journal.queue.resume(['okta'])
    stage.hub.drain.nudge()
    await isRefused(ask)
    await eventually(async () => expect(await countTries()).toBe(2))
  })

  test('is looked at by a resync, and by a replay', async () => {
    await using stage = await setBareStage()
    const ask = await makeAsk(stage, LENA.oktaId)
    stage.silently(LENA.oktaId, 'deactivate')
    const people = [LENA, OMAR].map(({ oktaId }) => ({ source: 'okta', authorityId: oktaId }))
    await stage.hub.queueSync(people, { reason: 'changed since the last resync' })
    await isRefused(ask)
    await eventually(async () => expect((await listOwn()).map(({ status }) => status)).toEqual(['succeeded']))
    expect(await listDeliveries()).toHaveLength(1)
    stage.silently(LENA.oktaId, 'activate')
    const [delivery] = await stage.hub.deliveries()
    await stage.hub.journal.orders.replay({ ids: [delivery?.id ?? ''] })
    stage.hub.drain.nudge()
    await eventually(async () => expect(await ask()).toBe(200))
  })

  test('is read before half an hour is over, while they have an open session, and found to have left without a hook', async () => {
    const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, readCallersEverySeconds: 0.1 }
    await using stage = await setBareStage({ upkeep: { resync: false, timing } })
    await sql`
      insert into hub.session (id, hash, way, account, source, authority_id, role, idle_seconds, expires_at)
      select 'ses_' || id, lpad(n::text, 64, '0'), 'link', 'ann', 'okta', id, 'viewer', 600, now() + interval '1 hour'
      from unnest(${[LENA.oktaId, OMAR.oktaId]}::text[]) with ordinality as t (id, n)`
    await sql`update hub.session set ended_at = now(), ended_by = 'ann' where authority_id = ${OMAR.oktaId}`
    const readPeople = () => sql`select authority_id as id, denied_at is not null as denied from hub.person`
    await eventually(async () => expect(await readPeople()).toEqual([{ id: LENA.oktaId, denied: false }]))
    stage.silently(LENA.oktaId, 'deactivate')
    await eventually(async () => expect(await readPeople()).toEqual([{ id: LENA.oktaId, denied: true }]))
    await sql`truncate hub.session`
    await eventually(async () => expect((await listOwn()).every(({ status }) => status === 'succeeded')).toBe(true))
    expect(await sql`select 1 from hub.verification`).toEqual([])
  })

  test('is in no report of leavers for it, as nothing of theirs is shut there', async () => {
    await using stage = await setBareStage()
    const ask = await makeAsk(stage, LENA.oktaId)
    leave(stage, LENA.oktaId)
    await isRefused(ask)
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const to = new Date(Date.now() + 3_600_000).toISOString()
    expect(await stage.hub.journal.records.readLeaverHistories({ from, to })).toEqual([])
  })
})
