import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { personId } from '../../src/core/id.ts'
import { silentLog } from '../../src/core/log.ts'
import { redactText } from '../../src/core/redact.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { type Caller, toOperator } from '../../src/signin/caller.ts'
import { endSession } from '../../src/signin/end-session.ts'
import { findSession } from '../../src/signin/find-session.ts'
import { openSession, type SessionWish } from '../../src/signin/open-session.ts'
import { wipe, wipeAudit } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)
const lena = { source: 'okta', authorityId: '00u1' }
const wish: SessionWish = {
  issuer: 'https://acme.okta.com',
  subject: '00u1',
  person: lena,
  name: 'Lena Park',
  email: 'lena@acme.com',
  role: 'operator',
  way: 'oidc',
  idleSeconds: 1800,
  seconds: 8 * 3600,
  rolesReadAt: new Date().toISOString(),
}
const open = (facts: Partial<SessionWish> = {}) => openSession({ journal, clock: systemClock }, { ...wish, ...facts })
const find = (secret: string) => findSession({ journal, log: silentLog }, secret)
const addPerson = (facts: { denied?: boolean; readMinutesAgo?: number; state?: object } = {}) => sql`
  insert into hub.person (id, source, authority_id, denied_at, state, state_read_at)
  values (${personId(lena)}, 'okta', '00u1', ${facts.denied ? sql`now()` : null},
    ${sql.json((facts.state ?? {}) as never)},
    now() - make_interval(mins => ${facts.readMinutesAgo ?? null}::integer))`
const age = (minutes: number) => sql`
  update hub.session set made_at = made_at - make_interval(mins => ${minutes}::integer),
    last_used_at = now(), roles_read_at = now()`

beforeEach(async () => {
  await wipe(sql)
  await sql`truncate hub.session`
  await wipeAudit(sql)
})

describe('a session', () => {
  test('opens the hub as its person, with its role, and goes on record with ids alone', async () => {
    const { id, secret, expiresAt } = await open()
    expect(await find(secret)).toEqual({
      actor: 'Lena Park',
      account: personId(lena),
      role: 'operator',
      way: 'console',
      person: lena,
      session: { id, way: 'oidc', expiresAt, bound: true },
    })
    expect(
      await sql`select actor, role, way, act, to_jsonb(targets) as targets, facts from hub.audit where act <> 'migrate'`,
    ).toEqual([
      {
        actor: personId(lena),
        role: 'operator',
        way: 'console',
        act: 'signed_in',
        targets: [id, personId(lena)],
        facts: { way: 'oidc', role: 'operator', issuer: wish.issuer, subject: '00u1' },
      },
    ])
  })

  test('is stored as a hash alone, and the redactor hides its cookie, also when it is cut', async () => {
    const { id, secret } = await open()
    const [{ row = '' } = {}] = await sql<{ row: string }[]>`select s::text as row from hub.session s`
    expect([row.includes(id), row.includes(secret.slice(3))]).toEqual([true, false])
    expect(redactText(`it sent ${secret}, or x=${secret.slice(0, 20)}`)).toBe('it sent [redacted], or x=[redacted]')
    expect(await find(`bh_${secret.slice(3)}`)).toBeNull()
  })

  test('is over at its end, after its idle time, and when it was ended, each with a reason of its own', async () => {
    const { id, secret } = await open({ idleSeconds: 600 })
    await sql`update hub.session set last_used_at = now() - interval '601 seconds'`
    expect(await find(secret)).toBe('idle')
    await sql`update hub.session set last_used_at = now(), made_at = now() - interval '2 hours', expires_at = now()`
    expect(await find(secret)).toBe('expired')
    await sql`update hub.session set made_at = now(), expires_at = now() + interval '1 hour'`
    const caller = (await find(secret)) as Caller
    await endSession(journal, caller, { id })
    expect(await find(secret)).toBe('ended')
    expect(await journal.records.listSessions({ account: personId(lena) })).toMatchObject([
      { id, over: true, endedBy: personId(lena) },
    ])
    await expect(endSession(journal, caller, { id })).rejects.toMatchObject({ code: 'unknown_session' })
  })

  test('is refused as soon as its person is denied, and none is opened for them any more', async () => {
    const { secret } = await open()
    await addPerson({ readMinutesAgo: 0 })
    expect(await find(secret)).toMatchObject({ person: lena })
    await sql`update hub.person set denied_at = now()`
    const said: unknown[] = []
    const log = { ...silentLog, info: (facts: unknown) => void said.push(facts) }
    expect(await findSession({ journal, log }, secret)).toBe('denied')
    expect(said).toMatchObject([{ refusal: 'denied' }])
    await expect(open()).rejects.toMatchObject({ code: 'person_denied' })
    expect((await sql`select id from hub.session`).length).toBe(1)
  })

  test('has its use noted once a minute, and opens the hub where that cannot be written', async () => {
    const { secret } = await open()
    const readUse = async () => (await journal.records.listSessions({}))[0]?.lastUsedAt
    expect(await readUse()).toBeNull()
    await find(secret)
    const first = await readUse()
    await find(secret)
    expect([first === null, await readUse()]).toEqual([false, first])
    await sql`update hub.session set last_used_at = now() - interval '2 minutes'`
    const records = { ...journal.records, noteSessionUse: () => Promise.reject(new Error('read-only')) }
    expect(await findSession({ journal: { records }, log: silentLog }, secret)).toMatchObject({ way: 'console' })
  })
})

describe('while the authority cannot be read', () => {
  test('a session lives for 30 minutes after its sign-in, where its person was never read or long ago', async () => {
    const { secret } = await open()
    await age(29)
    expect(await find(secret)).toMatchObject({ person: lena })
    await addPerson({ readMinutesAgo: 600 })
    expect(await find(secret)).toMatchObject({ person: lena })
    await age(2)
    expect(await find(secret)).toBe('unread')
  })

  test('a session lives on with each read of its person, and an assumption from a hook is none', async () => {
    const { secret } = await open()
    await age(120)
    await addPerson({ readMinutesAgo: 29 })
    expect(await find(secret)).toMatchObject({ person: lena })
    await sql`update hub.person set state = '{"provisional": true}'`
    expect(await find(secret)).toBe('unread')
    await sql`update hub.person set state = '{}', state_read_at = now() - interval '31 minutes'`
    expect(await find(secret)).toBe('unread')
    await sql`update hub.person set state_read_at = now()`
    expect(await find(secret)).toMatchObject({ person: lena })
  })
})

describe('who is unbound', () => {
  test('is a viewer for an hour, and for a quarter of one without a request, whatever was asked for', async () => {
    const { id, secret } = await open({ person: null, role: 'admin' })
    expect(await find(secret)).toMatchObject({ role: 'viewer', person: null, session: { bound: false } })
    const [row] = await sql`
      select role, idle_seconds as idle, extract(epoch from expires_at - made_at)::int as seconds, account
      from hub.session where id = ${id}`
    expect(row).toEqual({ role: 'viewer', idle: 900, seconds: 3600, account: expect.stringMatching(/^sub_\w{32}$/) })
    await expect(sql`update hub.session set role = 'admin'`).rejects.toThrow('session_unbound')
  })

  test('is another for each subject of each issuer', async () => {
    const accounts = new Set<string>()
    for (const facts of [{}, { subject: '00u2' }, { issuer: 'https://x.com' }]) {
      accounts.add(((await find((await open({ ...facts, person: null })).secret)) as Caller).account)
    }
    expect(accounts.size).toBe(3)
  })
})

test('a role that the issuer said more than an hour ago opens nothing', async () => {
  const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
  expect(await find((await open({ rolesReadAt: at(-61) })).secret)).toBe('roles_old')
  // A clock of the hub's that is fast makes it good for no longer.
  const { id } = await open({ rolesReadAt: at(180) })
  expect(await sql`select roles_read_at <= now() as is_past from hub.session where id = ${id}`).toEqual([
    { is_past: true },
  ])
})

test('a sign-in ends the oldest session of its account where twenty others are open, on record, and no one else’s', async () => {
  const theirs = await open({ subject: '00u2', person: { source: 'okta', authorityId: '00u2' } })
  const opened = []
  for (let i = 0; i < 21; i++) opened.push(await open())
  const [oldest, next] = opened
  expect([await find(oldest?.secret ?? ''), await find(next?.secret ?? ''), await find(theirs.secret)]).toMatchObject([
    'ended',
    { way: 'console' },
    { way: 'console' },
  ])
  expect(await sql`select to_jsonb(targets) as targets from hub.audit where act = 'session_ended'`).toEqual([
    { targets: [oldest?.id, personId(lena)] },
  ])
})

test('all sessions that can be open are listed, however many came after them, and a thousand of those that are over', async () => {
  const { id } = await open()
  await sql`
    insert into hub.session (id, hash, way, issuer, subject, account, role, idle_seconds, made_at, expires_at, ended_at, ended_by)
    select 'ses_' || n, lpad(to_hex(n), 64, '0'), 'oidc', 'https://x.com', 'x', 'sub_x', 'viewer', 600, now() + n * interval '1 ms',
      now() + interval '1 hour', now(), 'x' from generate_series(1, 1500) n`
  expect((await journal.records.listSessions({})).at(-1)).toMatchObject({ id, over: false })
  await sql`update hub.session set made_at = made_at - interval '2 days', expires_at = expires_at - interval '2 days' where id <> ${id}`
  expect(await journal.records.listSessions({})).toHaveLength(1000)
  expect(await journal.records.listSessions({ account: personId(lena) })).toMatchObject([{ id }])
})

test('a session of another is ended by an administrator alone, and never by an emergency link', async () => {
  const { id } = await open()
  const ben: Caller = { actor: 'Ben', account: 'per_2', role: 'operator', way: 'console', person: null }
  await expect(endSession(journal, ben, { id })).rejects.toMatchObject({ code: 'unknown_session' })
  const session = { id: 'ses_x', way: 'break_glass', expiresAt: '', bound: true } as const
  const emergency: Caller = { ...ben, role: 'admin', session }
  await expect(endSession(journal, emergency, { id })).rejects.toMatchObject({ code: 'unknown_session' })
  expect(toOperator(emergency).role).toBe('break_glass')
  await endSession(journal, { ...ben, role: 'admin' }, { id, reason: 'a lost laptop' })
  expect(await sql`select actor, act, reason from hub.audit_entry where act = 'session_ended'`).toEqual([
    { actor: 'per_2', act: 'session_ended', reason: 'a lost laptop' },
  ])
})
