import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { defaultSchedule } from '../../src/core/schedule.ts'
import { CredentialError, MissingRightError, PermanentError } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA, OMAR } from '../support/stage.ts'
import type { Vault } from '../support/vault.ts'

const db = await testDatabase()
const billing = `${LENA.email} door:billing`
const nothing = () => {}
const ends = { LUMOS_END_ACCESS: 'true' }

async function settled() {
  await eventually(async () => {
    const open = await db.sql`select kind, status, last_error from hub.delivery
      where status in ('pending', 'uncertain') and grants is null`
    expect(open).toEqual([])
  })
}

const live = () => db.sql`select person, had_before from hub.access_grant where ended_at is null`

test.each([
  { what: 'credential', error: new CredentialError('token revoked') },
  { what: 'right to read', error: new MissingRightError('no right to read') },
])('a grant that cannot be read back for want of a $what is taken away', async ({ error }) => {
  await using stage = await setInlineStage({ db })
  const refuse = () => {
    throw error
  }
  // The client is connected anew after a refused credential, and asked once more.
  stage.vault.mischief.has = [nothing, refuse, ...(error instanceof CredentialError ? [refuse] : [])]
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await settled()
})

test('what an earlier cut-off request may have given ends with the later one that found it there', async () => {
  // At the real pace the clear-up comes a second later: the sender is quicker.
  const timing = { schedule: defaultSchedule }
  await using stage = await setInlineStage({ db, timing, settings: { ...ends, VAULT_BUDGET_SECONDS: '10' } })
  stage.vault.mischief.provisioned = [
    () => {
      throw new Error('cut off')
    },
  ]
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  expect((await stage.ask('provision', lumosBody({ length: 3 }))).status).toBe(204)
  expect(await live()).toMatchObject([{ had_before: false }])
  await eventually(async () => expect(await live()).toEqual([]))
  expect(stage.vault.held.size).toBe(0)
})

/** The next provision is cut off, and lands 1.5 s later; says whether it has. */
function landsLate({ mischief, held }: Vault): () => boolean {
  let landed = false
  mischief.provision = [
    (keys) => {
      setTimeout(() => {
        for (const key of keys) held.add(key)
        landed = true
      }, 1500)
      throw new Error('timed out')
    },
  ]
  return () => landed
}

test('a grant that lands after it was read back as missing is taken away', async () => {
  await using stage = await setInlineStage({ db })
  const landed = landsLate(stage.vault)
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  await eventually(() => expect(landed()).toBe(true))
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await settled()
})

test('what was there before, was taken away, and lands again by an older request, is taken away once more', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.held.add(billing)
  const landed = landsLate(stage.vault)
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(204)
  expect(stage.vault.held.size).toBe(0)
  await eventually(() => expect(landed()).toBe(true))
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await settled()
})

test('what was there before stays when a grant of it is cleared up', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.held.add(billing)
  stage.vault.mischief.provision = [
    () => {
      throw new Error('timed out')
    },
  ]
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  await settled()
  expect([...stage.vault.held]).toEqual([billing])
})

test('half of a grant that lands late is taken away as well', async () => {
  await using stage = await setInlineStage({ db })
  stage.vault.mischief.provision = [
    () => {
      stage.vault.held.add(billing)
      setTimeout(() => stage.vault.held.add(`${LENA.email} door:eu`), 1200)
      throw new Error('timed out')
    },
  ]
  expect((await stage.ask('provision', lumosBody({ permissions: ['billing:operate', 'eu:read'] }))).status).toBe(503)
  await sleep(1300)
  await settled()
  expect(stage.vault.held.size).toBe(0)
})

test('a grant with an end that landed late is not kept when a revoke came after it', async () => {
  await using stage = await setInlineStage({ db, settings: { ...ends, VAULT_BUDGET_SECONDS: '10' } })
  stage.vault.mischief.provision = [
    () => {
      setTimeout(() => stage.vault.held.add(billing), 1000)
      throw new Error('timed out')
    },
  ]
  expect((await stage.ask('provision', lumosBody({ length: 3600 }))).status).toBe(503)
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(204)
  await sleep(1100)
  await settled()
  expect(stage.vault.held.size).toBe(0)
  expect(await live()).toEqual([])
})

test('a grant that lands after its process lost the lane is taken away', async () => {
  await using stage = await setInlineStage({ db, settings: { VAULT_BUDGET_SECONDS: '12' } })
  stage.vault.mischief.provision = [
    async () => {
      // Another process takes the lane over, reads back that nothing is there, and settles.
      await db.sql`update hub.lane set epoch = epoch + 1, lease_until = null, next_at = null where key like 'vault/%'`
      await db.sql`update hub.delivery set status = 'superseded', next_attempt_at = null, settled_at = now()
        where kind = 'provision'`
    },
  ]
  await stage.ask('provision', lumosBody())
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await settled()
  expect(await live()).toEqual([])
})

test('a grant that was begun and lost its lane is not begun again, and so not taken for older than itself', async () => {
  await using stage = await setInlineStage({ db, settings: { ...ends, VAULT_BUDGET_SECONDS: '12' } })
  stage.vault.mischief.provisioned = [
    async () => void (await db.sql`update hub.lane set epoch = epoch + 1, lease_until = null where key like 'vault/%'`),
  ]
  await stage.ask('provision', lumosBody({ length: 1800 }))
  await settled()
  expect(stage.vault.times('provision')).toBe(1)
  const grants = await live()
  expect(grants.map((grant) => grant.had_before)).toEqual(stage.vault.held.size === 1 ? [false] : [])
})

test('a revoke behind hundreds of timers in the person’s lane is done, and nothing runs hot', async () => {
  await using stage = await setInlineStage({ db, settings: ends })
  for (let i = 0; i < 3; i++) await stage.ask('provision', lumosBody({ length: 1800 }))
  await db.sql`
    insert into hub.delivery (id, event_id, lane, connector, person, kind, direction, hint, event_time, next_attempt_at,
      request, accesses, grants)
    select d.id || n, event_id, lane, connector, person, kind, direction, hint, event_time, next_attempt_at, request,
      accesses, grants
    from hub.delivery d, generate_series(1, 100) n where kind = 'deprovision'`
  expect((await stage.ask('provision', lumosBody({ permissions: ['eu:read'] }))).status).toBe(204)
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(204)
  expect([...stage.vault.held]).toEqual([`${LENA.email} door:eu`])
  const epochs = await db.sql`select sum(epoch)::int as sum from hub.lane`
  await sleep(500)
  expect(await db.sql`select sum(epoch)::int as sum from hub.lane`).toEqual(epochs)
})

test('a revoke takes away what was given under the target that the allow-list had then', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  await db.sql`update hub.access_grant set permission = jsonb_set(permission, '{target}', '"door:old"')`
  stage.vault.held.clear()
  stage.vault.held.add(`${LENA.email} door:old`)
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(204)
  expect(stage.vault.held.size).toBe(0)
})

test('a review takes away what was given of an application that has left the allow-list', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  await db.sql`update hub.access_grant set access = replace(access, '0oaorbit-admin', '0oagone')`
  await db.sql`update hub.access_grant set request = replace(request::text, 'orbit-admin', 'gone')::jsonb`
  expect((await stage.ask('deprovision', lumosBody({ app: 'gone', permissions: null }))).status).toBe(204)
  expect(stage.vault.held.size).toBe(0)
  expect(await live()).toEqual([])
})

test('a revoke reaches whoever was given the access, though the e-mail is somebody else’s by now', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody())
  const { users } = stage.tenants.okta
  users.updateProfile(LENA.oktaId, { email: 'lena.new@acme-demo.test', login: 'lena.new@acme-demo.test' })
  users.updateProfile(OMAR.oktaId, { email: LENA.email, login: LENA.email })
  await stage.ask('deprovision', lumosBody())
  await settled()
  expect(stage.vault.calls.filter(({ member }) => member === 'deprovision').map(({ person }) => person)).toContain(
    LENA.oktaId,
  )
  expect(await live()).toEqual([])
})

test('one target behind two permissions is kept until the last of their grants is over', async () => {
  const settings = {
    ...ends,
    VAULT_GRANTS: JSON.stringify({ 'orbit-admin': { 'billing:operate': 'door:billing', 'eu:read': 'door:billing' } }),
  }
  await using stage = await setInlineStage({ db, settings })
  await stage.ask('provision', lumosBody({ length: 1800 }))
  await stage.ask('provision', lumosBody({ permissions: ['eu:read'], length: 7200 }))
  const later = async (seconds: number) => {
    await db.sql`update hub.access_grant set until = until - make_interval(secs => ${seconds})`
    await db.sql`update hub.delivery set next_attempt_at = next_attempt_at - make_interval(secs => ${seconds})
      where kind = 'deprovision' and next_attempt_at is not null`
    await db.sql`update hub.lane set next_at = next_at - make_interval(secs => ${seconds})`
  }
  await later(1900)
  await eventually(async () => expect(await live()).toHaveLength(1))
  expect(stage.vault.held.size).toBe(1)
  await later(7200)
  await eventually(async () => expect(await live()).toHaveLength(0))
  expect(stage.vault.held.size).toBe(0)
})

test('with the authority paused a revoke is done all the same, and what needs the authority waits', async () => {
  await using stage = await setInlineStage({
    db,
    settings: { VAULT_REVOKE_ON_DENY: 'true' },
    timing: { probeSeconds: 60 },
  })
  await stage.ask('provision', lumosBody())
  await db.sql`insert into hub.connector (id, paused_until, reason) values ('okta', now() + interval '1 hour', 'refused')
    on conflict (id) do update set paused_until = excluded.paused_until`
  // A sync of this person stands in the same lane.
  await db.sql`update hub.lane set authority = 'okta' where connector = 'vault'`
  stage.vault.mischief.deprovision = [
    () => {
      throw new Error('cut off')
    },
  ]
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(503)
  await eventually(() => expect(stage.vault.held.size).toBe(0), { withinSeconds: 5 })
})

test.each(['provision', 'deprovision'])('the inside of an error of a %s is not told to its sender', async (kind) => {
  await using stage = await setInlineStage({ db })
  const inside = 'connect ECONNREFUSED 10.1.2.3:443 token=sesame'
  stage.vault.mischief[kind] = [
    () => {
      throw new Error(inside)
    },
  ]
  const answer = await stage.ask(kind, lumosBody())
  expect(answer.status).toBe(503)
  const text = await answer.text()
  expect(text).not.toMatch(/ECONNREFUSED|10\.1\.2\.3|sesame/)
  const told = /dlv_\w+/.exec(text)?.[0]
  const [delivery] =
    await db.sql`select error from hub.attempt where delivery_id = ${told ?? ''} order by number limit 1`
  expect(delivery?.error).toContain('connect ECONNREFUSED 10.1.2.3:443 token=')
  // What follows `token=` is masked in the journal too.
  expect(delivery?.error).not.toContain('sesame')
})

test('of a refusal the sender reads the connector’s words, and not what caused them', async () => {
  await using stage = await setInlineStage({ db })
  const cause = new PermanentError('POST http://10.1.2.3 answered 422')
  stage.vault.mischief.provision = [
    () => {
      throw new PermanentError('No seat is left.', { cause })
    },
  ]
  const answer = await stage.ask('provision', lumosBody())
  expect(answer.status).toBe(422)
  expect(await answer.json()).toMatchObject({ code: 'refused', detail: 'No seat is left.' })
  const [attempt] = await db.sql`select error from hub.attempt order by id desc limit 1`
  expect(attempt?.error).toContain('10.1.2.3')
})

test('a revoke whose handler hangs is tried again, and holds nobody up', async () => {
  await using stage = await setInlineStage({ db, timing: { callSeconds: 0.5 } })
  stage.vault.held.add(billing)
  stage.vault.mischief.deprovision = [() => new Promise(nothing)]
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(503)
  await eventually(() => expect(stage.vault.held.size).toBe(0))
  await settled()
  const tries = await db.sql`select a.outcome, a.error from hub.attempt a
    join hub.delivery d on d.id = a.delivery_id where d.kind = 'deprovision' order by a.id`
  expect(tries.map(({ outcome }) => outcome)).toEqual(['retry', 'succeeded'])
  expect(tries[0]?.error).toContain('did not come to an end within 0.5 s')
})

test('what a grant that was given up on does when it wakes is taken away', async () => {
  await using stage = await setInlineStage({ db, timing: { callSeconds: 0.5 } })
  stage.vault.mischief.provision = [() => sleep(4_500)]
  expect((await stage.ask('provision', lumosBody())).status).toBe(503)
  await eventually(() => expect(stage.vault.times('provision')).toBe(1))
  await settled()
  const landed = () => stage.vault.held.has(billing)
  await eventually(() => expect(landed()).toBe(true), { withinSeconds: 10 })
  await eventually(() => expect(landed()).toBe(false))
  await settled()
})
