// @module-tag process

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeEnvironment } from '../../../lab/environment.ts'
import { type HubProcess, startHubProcess } from '../../../lab/hub-process.ts'
import { CAST, startTenants, type Tenants } from '../../../lab/simulators/seed.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import type { DeliveryRow } from '../../../src/journal/records/deliveries.ts'
import { cli, cliHere } from '../../support/cli.ts'
import { until } from '../../support/eventually.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const journal = makeJournal(db.sql)
const { lena, omar } = CAST

let tenants: Tenants
let hub: HubProcess
let env: Record<string, string>
const spoken: string[] = []

beforeAll(async () => {
  tenants = await startTenants()
  env = { DATABASE_URL: db.url, ...makeEnvironment(tenants) }
  hub = await startHubProcess({ env, cwd: process.cwd() })
  env = { ...env, PORT: new URL(hub.url).port, HUB_PUBLIC_URL: hub.url }
})

afterAll(async () => {
  await hub?.stop()
  await tenants?.close()
})

type More = { env?: Record<string, string>; input?: string; asProcess?: boolean }

/** Runs the CLI as an operator of this hub would, and remembers what it said. */
async function operate(args: string[], { asProcess = false, env: further = {}, ...more }: More = {}) {
  const question = { args, env: { ...env, ...further }, ...more }
  const answer = await (asProcess ? cli(question) : cliHere(question))
  spoken.push(answer.out + answer.err)
  return answer
}

async function answerOf(args: string[], more: More = {}) {
  const { code, out, err } = await operate([...args, '--json'], more)
  if (!/^[[{]/.test(out)) throw new Error(`No JSON from ${args.join(' ')}, code ${code}: ${out}${err}`)
  return { code, answer: JSON.parse(out) }
}

/** Waits until the hub has tried what an event caused. */
async function settled(uuid: string): Promise<DeliveryRow> {
  return until(async () => {
    const [event] = await journal.records.findEvents(uuid)
    const [row] = event ? await journal.records.listDeliveries({ event: event.id, limit: 1 }) : []
    return row?.status !== 'pending' && row?.status !== 'running' && row
  })
}

describe('before anything has happened', () => {
  test('the hook is installed with a credential from standard input, and found in order afterwards', async () => {
    const secret = `${tenants.okta.token}\n`
    const first = await operate(['okta', 'install-hook', '--credential-stdin'], { input: secret, asProcess: true })
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining('Verified'), err: '' })
    const again = await operate(['okta', 'install-hook', '--check'], { env: { OKTA_ADMIN_TOKEN: tenants.okta.token } })
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('as it should be') })
  })

  test('the Action is missing to --check, then deployed, then as bundled', async () => {
    const { clientId, clientSecret } = tenants.auth0.client
    const admin = { env: { AUTH0_ADMIN_CLIENT_ID: clientId, AUTH0_ADMIN_CLIENT_SECRET: clientSecret } }
    expect((await operate(['auth0', 'deploy-action', '--check'], admin)).code).toBe(1)
    expect((await operate(['auth0', 'deploy-action'], admin)).code).toBe(0)
    expect((await operate(['auth0', 'deploy-action', '--check'], admin)).code).toBe(0)
  })

  test('the doctor finds no problem', async () => {
    const { code, answer } = await answerOf(['doctor'], { asProcess: true })
    expect(answer.checks.filter(({ status }: { status: string }) => status === 'problem')).toEqual([])
    expect(code).toBe(0)
    expect(answer.checks.map(({ area }: { area: string }) => area)).toEqual(
      expect.arrayContaining(['Settings', 'Database and work', 'Vendors', 'The hub']),
    )
  })

  test('migrate has nothing to do, and empty lists are said to be empty', async () => {
    const { code, answer } = await answerOf(['migrate', '--check'])
    expect({ code, pending: answer.pending }).toEqual({ code: 0, pending: [] })
    expect((await operate(['deliveries', '--stuck'])).out).toBe('Nothing is stuck.\n')
    expect(await answerOf(['deliveries'])).toEqual({ code: 0, answer: [] })
    expect(await answerOf(['recover', '--since', '1h'])).toMatchObject({ code: 0, answer: { found: [], replayed: [] } })
    expect((await operate(['recover', '--since', '1h'])).out).toContain('Nothing to replay since')
  })
})

describe('after Lena was deactivated', () => {
  let deliveryId = ''
  let eventUuid = ''

  beforeAll(async () => {
    tenants.okta.users.transition(lena.oktaId, 'deactivate')
    await tenants.okta.idle()
    eventUuid = JSON.parse(tenants.okta.deliveries.at(-1)?.body ?? '').data.events[0].uuid
    deliveryId = (await settled(eventUuid)).id
  })

  test('deliveries lists it for people without a colour, and for programs with ISO times', async () => {
    const { out } = await operate(['deliveries', '--person', lena.email.toUpperCase()], {
      env: { NO_COLOR: '1' },
      asProcess: true,
    })
    expect(out).toMatch(new RegExp(`^${deliveryId.slice(0, 20)}  succeeded .*lena.park@.*auth0`, 'm'))
    expect(out).toContain('is done, and was read back')
    expect(out).not.toContain('\u001b')
    const { answer } = await answerOf(['deliveries', '--status', 'succeeded', '--connector', 'auth0', '--limit', '1'])
    expect(answer).toMatchObject([{ id: deliveryId, status: 'succeeded', authorityId: lena.oktaId }])
    expect(new Date(answer[0].createdAt).toISOString()).toBe(answer[0].createdAt)
  })

  test('deliveries lists what came or ended within a period, and refuses an empty one (case 36)', async () => {
    const all = await answerOf(['deliveries'])
    expect((await answerOf(['deliveries', '--since', '1h', '--until', '2100-01-01T00:00'])).answer).toEqual(all.answer)
    expect((await answerOf(['deliveries', '--until', '1h'])).answer).toEqual([])
    expect((await answerOf(['deliveries', '--since', '2100-01-01'])).answer).toEqual([])
    const turned = await operate(['deliveries', '--since', '1h', '--until', '2h'])
    expect(turned).toMatchObject({ code: 2, err: expect.stringContaining('--until 2h is not after --since 1h') })
    expect((await operate(['deliveries', '--since', 'yesterday'])).code).toBe(2)
  })
  test('FORCE_COLOR colours though nobody watches', async () => {
    const { out } = await operate(['deliveries'], { env: { FORCE_COLOR: '1' }, asProcess: true })
    expect(out).toContain('\u001b[32msucceeded')
  })

  test('show tells attempts and changes, by our id and by the id that Okta gave the event', async () => {
    const { code, out } = await operate(['show', deliveryId])
    expect(code).toBe(0)
    expect(out).toMatch(/Attempts[\s\S]*DEPROVISIONED \(deny\)[\s\S]*✓ Lock[\s\S]*Why it stands here/)
    const { answer } = await answerOf(['show', eventUuid])
    expect(answer).toMatchObject({ events: [{ externalId: eventUuid }], deliveries: [{ id: deliveryId }] })
    expect((await operate(['show', 'dlv_nope'])).code).toBe(1)
  })

  test('person tells who it is, where she was seen and what happened', async () => {
    const { out } = await operate(['person', lena.email])
    for (const text of [
      'okta says',
      'DEPROVISIONED, may not come in',
      'shut: every user known there was read back as it should be (last read back',
      lena.databaseUserId,
      'user.lifecycle.deactivate',
      'revoke_access',
      'by Ops Robot (ops@acme-demo.test, 00uexampleADMIN1a5d7)',
    ]) {
      expect(out).toContain(text)
    }
    const { answer } = await answerOf(['person', lena.oktaId])
    expect(answer).toMatchObject([{ authorityId: lena.oktaId, owed: [], timeline: expect.any(Array) }])
    const nobody = await operate(['person', 'nobody@acme-demo.test'])
    expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('Nobody is known') })
  })

  test('replay runs it once more by hand, tells an unknown id, and refuses a superseded one', async () => {
    const { code, answer } = await answerOf(['replay', deliveryId, 'dlv_nope'])
    expect(code).toBe(1)
    expect(answer).toMatchObject([
      { id: deliveryId, replayed: true, from: 'succeeded' },
      { id: 'dlv_nope', replayed: false },
    ])
    await expect
      .poll(async () => (await journal.records.showDelivery(deliveryId))?.tries.map(({ trigger }) => trigger), {
        timeout: 10_000,
      })
      .toEqual(['scheduled', 'manual'])
    await settled(eventUuid)

    await db.sql`update hub.delivery set status = 'superseded' where id = ${deliveryId}`
    const refused = await operate(['replay', deliveryId])
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('never runs again') })
    await db.sql`update hub.delivery set status = 'succeeded' where id = ${deliveryId}`
  })
})

describe('when something stands', () => {
  test('send has the hub take a hook; one about nobody is held, explained, and recovered only after a yes', async () => {
    const { code, answer } = await answerOf(['send', 'user-deactivated', '--person', '00uNobodyAtAll'])
    expect({ code, status: answer[0].status }).toEqual({ code: 0, status: 204 })
    const uuid = answer[0].eventIds[0]
    await settled(uuid)
    const shown = await operate(['show', uuid])
    expect(shown.out).toMatch(/held[\s\S]*What to do[\s\S]*1\. Look whether the authority knows this id/)

    const listed = await operate(['recover', '--since', '10m'])
    expect(listed).toMatchObject({ code: 1, out: expect.stringContaining('add --yes') })
    const held = async () =>
      (await journal.records.listDeliveries({ status: 'held', limit: 9 })).map(({ attempts }) => attempts)
    expect(await held()).toEqual([1])
    expect((await operate(['recover', '--since', '10m', '--yes'])).code).toBe(0)
    await expect.poll(held, { timeout: 10_000 }).toEqual([2])
  })

  test('a hook with a wrong secret ends send with 1 and the reason', async () => {
    const wrong = { OKTA_HOOK_SECRETS: 'Bearer another-secret-of-more-than-32-characters' }
    const { code, out } = await operate(['send', 'user-deactivated', '--times', '3'], { env: wrong })
    expect(code).toBe(1)
    expect(out).toMatch(/401 {2}3 ×[\s\S]*not among those configured/)
  })

  test('a refused credential shows as a paused connector in --stuck, in show and in the doctor', async () => {
    // The password is right in the settings, so that only what the journal says can tell.
    const end = tenants.auth0.misbehave({ status: 401 })
    tenants.okta.users.transition(omar.oktaId, 'suspend')
    await expect.poll(async () => (await journal.records.measureQueue()).paused, { timeout: 10_000 }).toEqual(['auth0'])
    end()
    // Three minutes later.
    await db.sql`update hub.delivery set created_at = created_at - interval '3 minutes' where status = 'pending'`

    const stuck = await operate(['deliveries', '--stuck'])
    expect(stuck.out).toMatch(/^auth0 is paused since[\s\S]*omar.diaz@/)
    const { answer } = await answerOf(['deliveries', '--stuck'])
    expect(answer).toMatchObject([{ status: 'pending', authorityId: omar.oktaId }])
    const shown = await operate(['show', answer[0].id])
    expect(shown.out).toMatch(/auth0 is paused:[\s\S]*Mend the credential/)
    const doctor = await answerOf(['doctor', '--offline'])
    const problems = doctor.answer.checks.filter(({ status }: { status: string }) => status === 'problem')
    expect(doctor.code).toBe(1)
    expect(problems.map(({ name }: { name: string }) => name)).toEqual(['connector auth0', 'stuck'])
  })
})

test('a secret that somebody wrote into an event is not shown with its data', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'bellhop-cli-')), 'leak.json')
  const secret = env.OKTA_HOOK_SECRETS ?? ''
  const event = { uuid: 'x', eventType: 'user.session.start', displayMessage: `the secret is ${secret}`, target: [] }
  await writeFile(file, JSON.stringify({ eventId: 'y', data: { events: [event] } }))
  const { answer } = await answerOf(['send', file])
  const { code, out } = await operate(['show', answer[0].eventIds[0], '--data'])
  expect(code).toBe(0)
  expect(out).toContain('the secret is [redacted]')
  expect(out).not.toContain(secret)
  await rm(dirname(file), { recursive: true })
})

test('nothing that was said holds a secret', () => {
  const said = spoken.join('\n')
  const secrets = [env.OKTA_API_TOKEN, env.OKTA_HOOK_SECRETS, env.AUTH0_CLIENT_SECRET, new URL(db.url).password]
  expect(secrets.every(Boolean)).toBe(true)
  expect(spoken.length).toBeGreaterThan(20)
  for (const secret of secrets) expect(said).not.toContain(secret)
})
