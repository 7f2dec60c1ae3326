import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { lumosBody, setInlineStage } from '../../support/inline-stage.ts'
import { testDatabase } from '../../support/postgres.ts'
import { LENA } from '../../support/stage.ts'

const db = await testDatabase()
const ends = { LUMOS_END_ACCESS: 'true' }

/** Lets the earliest timer fall due now, as the database's clock would. */
async function timeIsUp(seconds: number): Promise<void> {
  await db.sql`update hub.access_grant set until = until - make_interval(secs => ${seconds})`
  await db.sql`update hub.delivery set next_attempt_at = next_attempt_at - make_interval(secs => ${seconds})
    where kind = 'deprovision' and next_attempt_at is not null`
  await db.sql`update hub.lane set next_at = next_at - make_interval(secs => ${seconds})`
}

const live = async () => (await db.sql`select id from hub.access_grant where ended_at is null`).length

test('ends by itself at its end when the hub is asked to end it', async () => {
  await using stage = await setInlineStage({ db, settings: ends })
  await stage.ask('provision', lumosBody({ length: '1800' }))
  expect(await live()).toBe(1)
  await timeIsUp(1900)
  await eventually(async () => expect(await live()).toBe(0))
  expect(stage.vault.held.size).toBe(0)
})

test('is left to the platform when the hub is not asked to end it', async () => {
  await using stage = await setInlineStage({ db })
  await stage.ask('provision', lumosBody({ length: 1800 }))
  const timers = await db.sql`select 1 from hub.delivery where kind = 'deprovision'`
  expect(timers.length).toBe(0)
  const [grant] = await db.sql`select until from hub.access_grant`
  expect(grant?.until).toBeTruthy()
})

test('the platform’s own deprovision and the hub’s timer both arriving does no harm', async () => {
  await using stage = await setInlineStage({ db, settings: ends })
  await stage.ask('provision', lumosBody({ length: 1800 }))
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(204)
  await timeIsUp(1900)
  await eventually(async () =>
    expect((await stage.hub.deliveries()).map(({ status }) => status)).toContain('superseded'),
  )
  expect(stage.vault.times('deprovision')).toBe(1)
})

test('an extension lives on when the first timer is over, and ends at its own', async () => {
  await using stage = await setInlineStage({ db, settings: ends })
  await stage.ask('provision', lumosBody({ length: 1800 }))
  await stage.ask('provision', lumosBody({ length: 7200 }))
  await timeIsUp(1900)
  await eventually(async () => expect(await live()).toBe(1))
  expect(stage.vault.held.size).toBe(1)
  await timeIsUp(7200)
  await eventually(async () => expect(await live()).toBe(0))
  expect(stage.vault.held.size).toBe(0)
})

test('access that was there before is not removed by the timer', async () => {
  await using stage = await setInlineStage({ db, settings: ends })
  stage.vault.held.add(`${LENA.email} door:billing`)
  await stage.ask('provision', lumosBody({ length: 1800 }))
  await timeIsUp(1900)
  await eventually(async () => expect(await live()).toBe(0))
  expect(stage.vault.held.size).toBe(1)
  expect(stage.vault.times('deprovision')).toBe(0)
})

test('a grant without an end beside it keeps the access', async () => {
  await using stage = await setInlineStage({ db, settings: ends })
  await stage.ask('provision', lumosBody({ length: 1800 }))
  await stage.ask('provision', lumosBody())
  await timeIsUp(1900)
  await eventually(async () => expect(await live()).toBe(1))
  expect(stage.vault.held.size).toBe(1)
})
