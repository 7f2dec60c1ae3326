import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { redactText } from '../../src/core/redact.ts'
import { type Role, roles } from '../../src/core/role.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { ingest } from '../../src/journal/queue/ingest.ts'
import type { Caller } from '../../src/signin/caller.ts'
import { findCaller } from '../../src/signin/find-caller.ts'
import { makeToken } from '../../src/signin/make-token.ts'
import { revokeToken } from '../../src/signin/revoke-token.ts'
import { mayAct } from '../../src/signin/roles.ts'
import { newEvent, wipe, wipeAudit } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'

const { sql } = await testDatabase()
const journal = makeJournal(sql)
const admin: Caller = { actor: 'ann', account: 'ann', role: 'admin', way: 'cli', person: null }
const wish = { name: 'nightly', owner: 'ann@acme.com', role: 'viewer', days: 30, person: null, reason: null } as const

const make = (facts: Partial<Parameters<typeof makeToken>[2]> = {}, maker = admin) =>
  makeToken({ journal, clock: systemClock }, maker, { ...wish, ...facts })
const find = (text: string) => findCaller({ journal, log: silentLog }, text)

beforeEach(async () => {
  await wipe(sql)
  await sql`truncate hub.token`
  await wipeAudit(sql)
})

describe('a token', () => {
  test('opens the hub under its owner’s name, with its role', async () => {
    const { text, token } = await make({ role: 'operator' })
    expect(await find(text)).toEqual({
      actor: `ann@acme.com (token ${token.id}, nightly)`,
      account: token.id,
      role: 'operator',
      way: 'api',
      person: null,
    })
  })

  test('is stored as a hash alone, and the redactor hides it, also when it is cut', async () => {
    const { text, token } = await make()
    const [{ row = '' } = {}] = await sql<{ row: string }[]>`select t::text as row from hub.token t`
    expect(row).toContain(token.id)
    expect(row).not.toContain(text.slice(3))
    expect(redactText(`curl said ${text}, or x=${text.slice(0, 20)}`)).toBe('curl said [redacted], or x=[redacted]')
    expect(JSON.stringify(token)).not.toContain(text.slice(3))
  })

  test('ends after its days by the database’s clock, which are ninety at most', async () => {
    const { text, token } = await make({ days: 90 })
    expect(Date.parse(token.expiresAt) - Date.parse(token.madeAt)).toBe(90 * 24 * 3_600_000)
    await expect(make({ days: 91 })).rejects.toMatchObject({ code: 'wrong_token_wish' })
    await expect(make({ days: 0 })).rejects.toMatchObject({ code: 'wrong_token_wish' })
    await expect(sql`update hub.token set expires_at = made_at + interval '91 days'`).rejects.toThrow('token_life')
    await sql`update hub.token set made_at = now() - interval '2 days', expires_at = now() - interval '1 second'`
    expect(await find(text)).toBeNull()
  })

  test('is refused from its revoke on, which is on record as its making is', async () => {
    const { text, token } = await make({ reason: 'for the wall' })
    await revokeToken(journal, { ...admin, actor: 'ben', account: 'ben' }, { id: token.id, reason: null })
    expect(await find(text)).toBeNull()
    expect(await journal.orders.listOrders({ about: [token.id], limit: 5 })).toMatchObject([
      { kind: 'token_revoked', by: 'ben', reason: null },
      { kind: 'token_made', by: 'ann', reason: 'for the wall', facts: { owner: 'ann@acme.com', role: 'viewer' } },
    ])
    expect(await journal.records.listTokens()).toMatchObject([{ id: token.id, revokedBy: 'ben', expired: false }])
    await expect(revokeToken(journal, admin, { id: token.id, reason: null })).rejects.toMatchObject({
      code: 'unknown_token',
    })
  })

  test('that is made with a token ends with it, at its end and by its revoke, and so does what is made with that', async () => {
    const first = await make({ role: 'admin', days: 2 })
    const caller = (await find(first.text)) as Caller
    const second = await make({ role: 'admin', days: 90 }, caller)
    const third = await make({ days: 1 }, (await find(second.text)) as Caller)
    const apart = await make()
    expect([second.token.expiresAt, third.token.expiresAt < first.token.expiresAt]).toEqual([
      first.token.expiresAt,
      true,
    ])
    await revokeToken(journal, admin, { id: first.token.id, reason: 'it was stolen' })
    const left = await Promise.all([first, second, third, apart].map(async ({ text }) => (await find(text)) !== null))
    expect(left).toEqual([false, false, false, true])
    expect(await journal.orders.listOrders({ about: [third.token.id], limit: 1 })).toMatchObject([
      { kind: 'token_revoked', by: 'ann', reason: 'it was stolen' },
    ])
  })

  test('of a person is refused as soon as they are denied, and not before', async () => {
    const { text } = await make({ person: { source: 'okta', authorityId: '00u1' } })
    expect(await find(text)).toMatchObject({ person: { source: 'okta', authorityId: '00u1' } })
    await ingest(sql, [[newEvent({ person: '00u1' }), newEvent({ person: '00u2' })]])
    await sql`update hub.person set denied_at = now() where authority_id = '00u2'`
    expect(await find(text)).not.toBeNull()
    await sql`update hub.person set denied_at = now() where authority_id = '00u1'`
    expect(await find(text)).toBeNull()
  })

  test('has its use noted once a minute, and opens the hub where that cannot be written', async () => {
    const { text, token } = await make()
    const readUse = async () => (await journal.records.listTokens())[0]?.lastUsedAt
    expect(await readUse()).toBeNull()
    await find(text)
    const first = await readUse()
    await find(text)
    expect([first === null, await readUse()]).toEqual([false, first])
    await sql`update hub.token set last_used_at = now() - interval '2 minutes'`
    const broken = { records: { ...journal.records, noteTokenUse: () => Promise.reject(new Error('read-only')) } }
    expect(await findCaller({ journal: broken, log: silentLog }, text)).not.toBeNull()
    await find(text)
    expect(Date.parse((await readUse()) ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(token.lastUsedAt).toBeNull()
  })

  test('of another form is refused before the journal is asked', async () => {
    const asked = { records: { ...journal.records, findToken: () => Promise.reject(new Error('asked')) } }
    for (const text of ['', 'bh_', `bh_${'0'.repeat(63)}`, `BH_${'0'.repeat(64)}`, `bh_${'A'.repeat(64)}`]) {
      expect(await findCaller({ journal: asked, log: silentLog }, text)).toBeNull()
    }
    expect(await find(`bh_${'0'.repeat(64)}`)).toBeNull()
  })
})

test.each(roles.flatMap((maker) => roles.map((role): [Role, Role] => [maker, role])))(
  'a maker who is %s gets a token of the role %s only if that is no higher',
  async (maker, role) => {
    const made = make({ role }, { ...admin, role: maker }).then(
      ({ token }) => token.role,
      (thrown) => thrown.code,
    )
    expect(await made).toBe(mayAct(maker, role) ? role : 'role_too_low')
  },
)

test('all tokens that can be good are listed, however many were made after them', async () => {
  const { token } = await make({ days: 90 })
  await sql`
    insert into hub.token (id, hash, name, owner, role, made_by, made_at, expires_at, revoked_at, revoked_by)
    select 'tok_' || n, lpad(to_hex(n), 64, '0'), 'n', 'o', 'viewer', 'm', now() + interval '1 minute',
      now() + interval '1 day', now(), 'm' from generate_series(1, 1000) n`
  expect((await journal.records.listTokens()).at(-1)).toMatchObject({ id: token.id, expired: false, revokedAt: null })
})

test('a token without an owner or a name is not made', async () => {
  for (const facts of [{ owner: ' ' }, { name: '' }, { name: 'x'.repeat(201) }]) {
    await expect(make(facts)).rejects.toMatchObject({ code: 'wrong_token_wish' })
  }
  expect(await sql`select id from hub.token`).toEqual([])
})
