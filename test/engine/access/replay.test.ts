import { expect, test } from 'vitest'
import { connectors as installed } from '../../../connectors/index.ts'
import { eventually } from '../../support/eventually.ts'
import { startHub } from '../../support/hub.ts'
import { type InlineStage, inlineSecret, lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA } from '../../support/stage.ts'
import { vaultGrants } from '../../support/vault.ts'

const db = await testDatabase()
const since = new Date(0).toISOString()

async function newest(stage: Pick<InlineStage, 'hub'>) {
  const [row] = await stage.hub.journal.records.listDeliveries({ limit: 1 })
  if (!row) throw new Error('nothing was journaled')
  return row
}

/** Due deliveries whose lane no worker would ever find, or only later. */
const stranded = () => db.sql`
  select d.id, d.kind from hub.delivery d left join hub.lane l on l.key = d.lane
  where d.next_attempt_at is not null and d.kind <> 'on' and (l.next_at is null or l.next_at > d.next_attempt_at)
    and (l.lease_until is null or l.lease_until <= now())`

/** A hub whose allow-list has been mended, on the journal and with the vault of another. */
const mended = ({ tenants, vault }: InlineStage) =>
  startHub({
    db,
    tenants,
    connectors: [...installed, vault.connector],
    settings: { LUMOS_HOOK_SECRETS: `vault/*:${inlineSecret}`, VAULT_GRANTS: vaultGrants },
  })

test.each([
  { what: 'a permission', body: lumosBody() },
  { what: 'a whole application', body: lumosBody({ permissions: null }) },
])('a replayed revoke of $what is carried out for its person once the allow-list knows it', async ({ body }) => {
  await using stage = await setInlineStage({ db, settings: { VAULT_GRANTS: '{}' } })
  stage.vault.held.add(`${LENA.email} door:billing`)
  expect((await stage.ask('deprovision', body)).status).toBe(422)
  const { id } = await newest(stage)
  await stage.hub[Symbol.asyncDispose]()
  expect(stage.vault.calls).toEqual([])

  await using hub = await mended(stage)
  expect(await hub.journal.records.findFailedSince(since)).toEqual([id])
  expect(await hub.journal.orders.replay({ ids: [id] })).toMatchObject([{ id, from: 'failed' }])
  hub.drain.nudge()
  await eventually(async () => {
    expect(stage.vault.held.size).toBe(0)
    const rows = await hub.journal.records.listDeliveries({ limit: 5 })
    expect(rows.map(({ kind, status }) => `${kind} ${status}`)).toEqual(['deprovision succeeded', 'resolve succeeded'])
    expect(rows[0]?.authorityId).toBe(LENA.oktaId)
  })
  expect(stage.vault.calls.find(({ member }) => member === 'deprovision')?.person).toBe(LENA.oktaId)
  expect(await stranded()).toHaveLength(0)
})

test('a replayed revoke that is still in no allow-list ends as it did, and no connector is called', async () => {
  await using stage = await setInlineStage({ db, settings: { VAULT_GRANTS: '{}' } })
  await stage.ask('deprovision', lumosBody())
  const { id } = await newest(stage)
  await stage.hub.journal.orders.replay({ ids: [id] })
  stage.hub.drain.nudge()
  await eventually(async () => {
    const shown = await stage.hub.journal.records.showDelivery(id)
    expect(shown).toMatchObject({ status: 'failed', attempts: 2, nextAttemptAt: null })
    expect(shown?.lastError).toContain('Nobody has allowed vault to grant this')
  })
  expect(stage.vault.calls).toEqual([])
  expect(await stranded()).toHaveLength(0)
})

test.each(['deprovision', 'provision', 'validate', 'preapprove'])('a trial of %s is never replayed', async (kind) => {
  await using stage = await setInlineStage({ db, settings: { LUMOS_TEST_APPLICATION: 'trial' } })
  expect((await stage.ask(kind, lumosBody({ app: 'trial' }))).ok).toBe(true)
  const { id } = await newest(stage)
  expect(await stage.hub.journal.orders.replay({ ids: [id] })).toEqual([])
  expect(await newest(stage)).toMatchObject({ id, status: 'succeeded', nextAttemptAt: null })
})

test('whatever is replayed, no delivery is due without its lane', async () => {
  await using stage = await setInlineStage({ db })
  const bodies = [lumosBody(), lumosBody({ permissions: ['not:listed'] }), lumosBody({ email: 'nobody@acme.com' })]
  for (const body of bodies) {
    for (const kind of ['provision', 'deprovision', 'validate', 'preapprove']) await stage.ask(kind, body)
  }
  await stage.hub.drain.stop()
  const rows = await stage.hub.journal.records.listDeliveries({ limit: 100 })
  const replayed = await stage.hub.journal.orders.replay({ ids: rows.map(({ id }) => id) })
  expect(new Set(replayed.map(({ kind }) => kind))).toEqual(
    new Set(['deprovision', 'resolve', 'validate', 'preapprove']),
  )
  const due = await db.sql`select id from hub.delivery where next_attempt_at <= now()`
  expect(due.length).toBeGreaterThanOrEqual(replayed.length)
  expect(await stranded()).toHaveLength(0)
})
