import { expect, test } from 'vitest'
import { startTenants } from '../../lab/simulators/seed.ts'
import type { Clock } from '../../src/core/clock.ts'
import { oktaHook, startHub, userEvent } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()

/** What PostgreSQL does on a full disk: it answers questions, and refuses what would make a table grow. */
const fillDisk = () =>
  db.sql.unsafe(`
    create function hub.refuse_row() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
    create trigger full_disk before insert on hub.event for each row execute function hub.refuse_row()`)
const freeDisk = () => db.sql.unsafe('drop trigger full_disk on hub.event; drop function hub.refuse_row()')

test('a hub that cannot write its journal is not ready until it can, and tries at most once in five seconds (attack 15)', async () => {
  let now = Date.now()
  const clock: Clock = { now: () => new Date(now) }
  const tenants = await startTenants()
  await using hub = await startHub({ db, tenants, clock })
  const post = async () =>
    (await hub.post(oktaHook([userEvent({ type: 'user.session.start', userId: '00u1' })]))).status
  const readiness = async () => {
    const answer = await fetch(`${hub.url}/readyz`)
    return { status: answer.status, text: await answer.text() }
  }
  expect([await post(), (await readiness()).status]).toEqual([204, 200])

  await fillDisk()
  expect((await readiness()).status).toBe(200)
  expect(await post()).toBe(503)
  const full = await readiness()
  expect(full.status).toBe(503)
  expect(full.text).toContain('53100')
  await freeDisk()
  // The trial of just now still stands.
  expect((await readiness()).status).toBe(503)
  now += 5_000
  expect((await readiness()).status).toBe(200)
  expect(await db.sql`select 1 from hub.event where id = 'evt_trial'`).toHaveLength(0)

  await fillDisk()
  expect([await post(), (await readiness()).status]).toEqual([503, 503])
  await freeDisk()
  expect([await post(), (await readiness()).status]).toEqual([204, 200])
  await tenants.close()
})
