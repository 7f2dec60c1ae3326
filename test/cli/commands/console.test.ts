import { userInfo } from 'node:os'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { makeEnvironment } from '../../../lab/environment.ts'
import { startTenants } from '../../../lab/simulators/seed.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { personId } from '../../../src/core/id.ts'
import { silentLog } from '../../../src/core/log.ts'
import { type LinkKind, makeJournal } from '../../../src/journal/index.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import type { Caller } from '../../../src/signin/caller.ts'
import { findSession } from '../../../src/signin/find-session.ts'
import { reviewEmergency } from '../../../src/signin/review-emergency.ts'
import { useLink } from '../../../src/signin/use-link.ts'
import { cliHere } from '../../support/cli.ts'
import { newEvent, personIdOf, wipe, wipeAudit } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const journal = makeJournal(sql)
const tenants = await startTenants()
const person = personIdOf('okta', '00u1')
afterAll(() => tenants.close())

let env: Record<string, string>
const cli = (...args: string[]) => cliHere({ args: ['console', ...args], env })
const breakGlass = (...more: string[]) =>
  cli('--break-glass', '--for', 'lena@acme.com', '--reason', 'Okta is down', '--by', 'Ann', ...more)

beforeEach(async () => {
  env = { ...makeEnvironment(tenants), DATABASE_URL: db.url, PORT: '8787', HOST: '127.0.0.1', HUB_PUBLIC_URL: '' }
  await wipe(sql)
  await sql`truncate hub.session, hub.signin_link`
  await wipeAudit(sql)
  await ingest(sql, [[newEvent({ person: '00u1' })]])
  await sql`insert into hub.sighting (person, kind, value) values (${person}, 'email', 'lena@acme.com')`
})

/** The session that a printed link opens, as the hub finds it. */
async function follow(out: string, kind: LinkKind) {
  const { searchParams } = new URL(out.trim())
  const opened = await useLink(
    { journal, clock: systemClock },
    { kind, text: searchParams.get('link') ?? '', requestId: 'req_1' },
  )
  return opened && findSession({ journal, log: silentLog }, opened.secret)
}

const listActs = () => sql`select act, actor, role, way, reason from hub.audit_entry order by at, id`

test('console prints a link by which the system’s user signs in as an administrator, once', async () => {
  const { code, out, err } = await cli('--print')
  expect([code, err]).toEqual([0, expect.stringContaining('within 10 minutes')])
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:8787\/signin\/link\?link=bl_[0-9a-f]{64}\n$/)
  const { username } = userInfo()
  expect(await follow(out, 'break_glass')).toBeNull()
  expect(await follow(out, 'link')).toMatchObject({ actor: username, account: username, role: 'admin', way: 'console' })
  expect(await follow(out, 'link')).toBeNull()
  expect((await listActs()).map(({ act, actor, way }) => [act, actor, way])).toEqual([
    ['link_made', username, 'cli'],
    ['signed_in', username, 'console'],
  ])
})

test('console prints nothing where the output is no terminal, and says how it would', async () => {
  expect(await cli()).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--print') })
  expect(await breakGlass()).toMatchObject({ code: 1, out: '', err: expect.stringContaining('no terminal') })
  expect(await sql`select id from hub.signin_link`).toEqual([])
})

test('console makes no link for a hub with an issuer or one that listens beyond this machine, and names the port of the inside', async () => {
  env.HUB_ADMIN_PORT = '8788'
  expect((await cli('--print')).out).toContain('http://127.0.0.1:8788/signin/link')
  const signIn = {
    HUB_CONSOLE_ISSUER: 'https://acme.okta.com',
    HUB_CONSOLE_CLIENT_ID: 'hub',
    HUB_CONSOLE_CLIENT_SECRET: 'a-secret-that-opens-nothing',
    HUB_CONSOLE_ROLES: 'admin=claim:admins',
    HUB_CONSOLE_URL: 'https://hub.example.com',
  }
  const before = env
  env = { ...env, ...signIn }
  expect(await cli('--print')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('acme.okta.com') })
  env = before
  env.HOST = '0.0.0.0'
  expect(await cli('--print')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--break-glass') })
})

test('console --break-glass alerts others before it shows a link, by which the person is an operator for an hour', async () => {
  env.HUB_PUBLIC_URL = 'https://hub.example.com'
  const { code, out } = await breakGlass('--print')
  expect([code, out]).toEqual([0, expect.stringContaining('https://hub.example.com/signin/break-glass?link=bl_')])
  const [alert] = await sql`select data from hub.event where type = 'hub.alert.break_glass'`
  const { username } = userInfo()
  expect(alert?.data).toMatchObject({ whom: 'lena@acme.com', person, maker: username, reason: 'Okta is down' })
  expect(JSON.stringify(alert)).not.toContain(new URL(out.trim()).searchParams.get('link'))
  const caller = await follow(out, 'break_glass')
  expect(caller).toMatchObject({ role: 'operator', person: { authorityId: '00u1' }, session: { way: 'break_glass' } })
  expect(await listActs()).toMatchObject([
    { act: 'break_glass', actor: username, role: 'administrator', reason: 'Okta is down' },
    { act: 'signed_in', role: 'break_glass', way: 'console', reason: 'Okta is down' },
  ])
  await sql`update hub.person set state = '{}', state_read_at = now() - interval '2 days'`
  await sql`update hub.session set made_at = made_at - interval '40 minutes', expires_at = expires_at - interval '40 minutes'`
  const [{ hash = '' } = {}] = await sql<{ hash: string }[]>`select hash from hub.session`
  expect(await journal.records.findSession(hash)).toMatchObject({ refusal: null })
  await sql`update hub.person set denied_at = now()`
  expect(await journal.records.findSession(hash)).toMatchObject({ refusal: 'denied' })
})

test('console --break-glass makes no link without a reason, for nobody, or for a person who is denied', async () => {
  expect(await cli('--break-glass', '--for', 'lena@acme.com', '--print')).toMatchObject({ code: 2, out: '' })
  expect(await cli('--break-glass', '--reason', 'x', '--print')).toMatchObject({ code: 2, out: '' })
  expect(await cli('--for', 'lena@acme.com', '--print')).toMatchObject({ code: 2, out: '' })
  expect(await cli('--break-glass', '--for', 'who@acme.com', '--reason', 'x', '--print')).toMatchObject({
    code: 1,
    out: '',
  })
  const { out } = await breakGlass('--print')
  await sql`update hub.person set denied_at = now()`
  expect(await breakGlass('--print')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('denies') })
  expect(await follow(out, 'break_glass')).toBeNull()
  expect(await sql`select used_at from hub.signin_link`).toEqual([{ used_at: null }])
})

test('console --break-glass shows no link where the alert cannot be journaled', async () => {
  await sql`alter table hub.event add constraint no_alert check (type <> 'hub.alert.break_glass')`
  const { code, out } = await breakGlass('--print')
  await sql`alter table hub.event drop constraint no_alert`
  expect([code, out]).toEqual([1, ''])
})

test('session list shows who signed in, and session end ends theirs by the beginning of its id, once', async () => {
  const session = (...args: string[]) => cliHere({ args: ['session', ...args], env })
  expect((await session('list')).out).toBe('There is no session.\n')
  await follow((await breakGlass('--print')).out, 'break_glass')
  const [{ id = '' } = {}] = JSON.parse((await session('list', '--json')).out)
  expect((await session('list')).out).toMatch(/^ses_\S+ +per_\S+ +break_glass +operator /m)
  expect(await session('end', id.slice(0, 20), '--reason', 'lost')).toMatchObject({
    code: 0,
    out: `${id} is ended: its next request is refused.\n`,
  })
  expect((await session('list')).out).toMatch(/operator .* ended /)
  expect(await session('end', id)).toMatchObject({ code: 1, err: expect.stringContaining('no open session') })
  expect(await session('close')).toMatchObject({ code: 2 })
})

test('console review ends the alert of an emergency, for others than its person and for no program', async () => {
  await breakGlass('--print')
  const [{ id = '' } = {}] = await sql<{ id: string }[]>`select id from hub.signin_link`
  expect(await journal.records.listOpenAlerts()).toMatchObject([{ type: 'hub.alert.break_glass', about: id }])
  const lena = { source: 'okta', authorityId: '00u1' }
  const own: Caller = { actor: 'Lena', account: personId(lena), role: 'operator', way: 'console', person: lena }
  const program: Caller = { ...own, account: 'tok_1', way: 'api', person: null }
  for (const reviewer of [own, program]) {
    await expect(reviewEmergency(journal, reviewer, { id, reason: 'all well' })).rejects.toThrow('Somebody else')
  }
  expect(await cli('review', 'lnk_zz', '--reason', 'all well')).toMatchObject({ code: 1 })
  expect(await cli('review', id)).toMatchObject({ code: 2, err: expect.stringContaining('--reason is missing') })
  expect(await cli('review', id.slice(0, 20), '--reason', 'all well')).toMatchObject({ code: 0 })
  expect((await listActs()).at(-1)).toMatchObject({ act: 'emergency_reviewed', reason: 'all well' })
})
