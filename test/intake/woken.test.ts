import { expect, test } from 'vitest'
import { lumosBody, setInlineStage } from '../support/inline-stage.ts'
import { testDatabase } from '../support/postgres.ts'
import { LENA } from '../support/stage.ts'

const db = await testDatabase()

test('an inline hook tells the lanes that it woke, so that what it leaves open can go on elsewhere', async () => {
  const woken = new Set<string>()
  const note = (lanes: readonly string[]) => lanes.forEach((lane) => void woken.add(lane))
  await using stage = await setInlineStage({ db, runs: false, onWoken: note })
  expect((await stage.ask('provision', lumosBody({ length: 3600 }))).status).toBe(204)
  expect([...woken]).toEqual([`vault/okta/${LENA.oktaId}`])
  woken.clear()
  expect((await stage.ask('deprovision', lumosBody())).status).toBe(204)
  // The revoke itself, once it is known whose access it takes.
  expect([...woken]).toContain(`vault/okta/${LENA.oktaId}`)
})
