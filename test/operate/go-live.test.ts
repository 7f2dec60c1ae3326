import { expect, test } from 'vitest'
import { makeEnvironment } from '../../lab/environment.ts'
import { systemClock } from '../../src/core/clock.ts'
import { reportGoLive } from '../../src/operate/go-live.ts'
import type { GoLiveRow } from '../../src/operate/plan-now.ts'
import { cliHere } from '../support/cli.ts'
import { eventually } from '../support/eventually.ts'
import { oktaHook, userEvent } from '../support/hub.ts'
import { type InlineStage, lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR } from '../support/stage.ts'

const db = await testDatabase()
const endsGrants = { VAULT_REVOKE_ON_DENY: 'true' }

async function rowsOf({ hub }: InlineStage): Promise<GoLiveRow[]> {
  const { journal, installed } = hub
  const { signal } = new AbortController()
  const report = await reportGoLive({
    journal,
    installed,
    clock: systemClock,
    signal,
    concurrency: 2,
    wait: async () => {},
    onProgress: () => {},
  })
  return report.rows
}

/** The work of all people is done, as far as it can be. */
const settled = async ({ hub }: InlineStage) =>
  eventually(async () => {
    const rows = await hub.deliveries()
    expect(rows.filter(({ kind }) => kind === 'sync').map(({ status }) => status)).toEqual(['succeeded'])
  })

/** Lena left and is locked out, and has what the hub once granted at a connector that ended no grants then. */
async function lenaKeepsHerGrant(stage: InlineStage): Promise<void> {
  expect((await stage.ask('provision', lumosBody())).status).toBe(204)
  stage.silently(LENA.oktaId, 'deactivate')
  await stage.hub.post(oktaHook([userEvent({ type: 'user.lifecycle.deactivate', userId: LENA.oktaId })]))
  await settled(stage)
  expect(stage.isShut(LENA.enterpriseUserId)).toBe(true)
}

/** Omar, whose status decides nothing now, and whose earlier lockout still owes the logout. */
async function omarIsOwedALogout(stage: InlineStage): Promise<void> {
  const target = OMAR.enterpriseUserId
  const summary = `End the sessions of ${target}`
  stage.silently(OMAR.oktaId, 'lock')
  await stage.hub.queueSync([{ source: 'okta', authorityId: OMAR.oktaId }], { reason: 'known' })
  await eventually(async () => expect((await stage.hub.deliveries()).at(-1)?.status).toBe('succeeded'))
  const change = { direction: 'deny', target, action: 'revoke_access', summary, owed: true }
  await db.sql`insert into hub.owed (person, connector, target, action, change)
    select id, 'auth0', ${target}, 'revoke_access', ${db.sql.json(change)}
    from hub.person where authority_id = ${OMAR.oktaId}`
}

test('the go-live report has a row for grants that a denial ends, also where nothing else would change', async () => {
  await using stage = await setInlineStage({ db })
  await lenaKeepsHerGrant(stage)
  expect(await rowsOf(stage)).toEqual([])

  const vault = stage.hub.installed.find(({ id }) => id === 'vault')
  if (!vault) throw new Error('No vault is installed')
  vault.inline = { ...vault.inline, revokeOnDeny: true }
  const [row, ...others] = await rowsOf(stage)
  expect(others).toEqual([])
  expect(row).toMatchObject({
    authorityId: LENA.oktaId,
    connector: 'vault',
    status: 'DEPROVISIONED',
    direction: 'deny',
  })
  expect(row?.changes).toMatchObject([
    { action: 'end_grant', because: 'grant', summary: expect.stringContaining('billing') },
  ])
  expect(stage.vault.held.size).toBe(1)
})

test('the go-live report names no grant of somebody who is allowed, and none that the person had before', async () => {
  await using stage = await setInlineStage({ db, settings: endsGrants })
  stage.vault.held.add(`${OMAR.email} door:billing`)
  for (const { email } of [LENA, OMAR]) expect((await stage.ask('provision', lumosBody({ email }))).status).toBe(204)
  stage.silently(OMAR.oktaId, 'deactivate')
  const rows = await rowsOf(stage)
  expect(rows.map(({ authorityId, connector }) => [authorityId, connector])).toEqual([[OMAR.oktaId, 'auth0']])
})

test('the go-live report has a row for what an earlier lockout still owes, though the status decides nothing', async () => {
  await using stage = await setInlineStage({ db })
  await omarIsOwedALogout(stage)
  expect(await rowsOf(stage)).toMatchObject([
    {
      authorityId: OMAR.oktaId,
      connector: 'auth0',
      status: 'LOCKED_OUT',
      direction: 'deny',
      changes: [{ action: 'revoke_access', target: OMAR.enterpriseUserId, because: 'owed' }],
    },
  ])
  stage.silently(OMAR.oktaId, 'unlock')
  expect(await rowsOf(stage)).toEqual([])
})

test('report go-live says in words whose grants would go and who would be locked out in full, and never that nothing would change', async () => {
  await using stage = await setInlineStage({ db })
  await lenaKeepsHerGrant(stage)
  await omarIsOwedALogout(stage)
  await db.sql`update hub.access_grant set connector = 'relay'`
  const relay = { RELAY_URL: 'https://relay.example', RELAY_SECRETS: `whsec_${'A'.repeat(32)}` }
  const env = { ...makeEnvironment(stage.tenants), ...relay, RELAY_REVOKE_ON_DENY: 'true', DATABASE_URL: db.url }
  const { code, out } = await cliHere({ args: ['report', 'go-live'], env })
  expect(code).toBe(0)
  expect(out).toMatch(/lena\S* +without grants +DEPROVISIONED since \S+ +relay +Take /)
  expect(out).toMatch(/omar\S* +locked out in full +LOCKED_OUT since \S+ +auth0 +End the sessions/)
  expect(out).toContain('2 people asked about: 0 would be locked out, 0 unblocked.\n')
  expect(out).toContain('1 person would lose what was granted through the hub.\n')
  expect(out).toContain('1 person would be locked out in full: something is still owed to an earlier lockout.\n')
  expect(out).not.toContain('change nothing')
})

test('report go-live does not count among the locked out whoever is, and whose lockout would only be renewed', async () => {
  await using stage = await setInlineStage({ db })
  const send = (type: string) => stage.hub.post(oktaHook([userEvent({ type, userId: OMAR.oktaId })]))
  stage.silently(OMAR.oktaId, 'suspend')
  await send('user.lifecycle.suspend')
  await settled(stage)
  stage.silently(OMAR.oktaId, 'deactivate')
  expect(await rowsOf(stage)).toMatchObject([
    { status: 'DEPROVISIONED', direction: 'deny', changes: [{ because: 'renewal' }, { because: 'renewal' }] },
  ])
  const env = { ...makeEnvironment(stage.tenants), DATABASE_URL: db.url }
  const { out } = await cliHere({ args: ['report', 'go-live'], env })
  expect(out).toMatch(/omar\S* +locked out anew +DEPROVISIONED since/)
  expect(out).toContain(': 0 would be locked out, 0 unblocked.\n')
})
