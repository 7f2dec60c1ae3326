import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openLine } from '../../lab/chaos/line.ts'
import { CAST, startTenants } from '../../lab/simulators/seed.ts'
import { eventually } from '../support/eventually.ts'
import { startHub } from '../support/hub.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const { oktaId, enterpriseUserId } = CAST.lena

test('a lane whose worker lost the journal is worked again as soon as that is back, not at the end of its lease', async () => {
  await using tenants = await startTenants()
  await using line = await openLine(db.connection.path)
  const { path: _, ...connection } = db.connection
  const behindLine = { ...db, connection: { ...connection, host: '127.0.0.1', port: line.port } }
  const timing = { leaseSeconds: 600, renewSeconds: 1 }
  await using hub = await startHub({ db: behindLine, tenants, timing })
  const { okta, auth0 } = tenants
  await hub.subscribe('user.lifecycle.suspend')
  const path = `/api/v2/users/${enterpriseUserId}`
  auth0.misbehave({ method: 'PATCH', path, times: 1, delayMs: 400 })
  const isAtWrite = () => auth0.calls.some((call) => call.method === 'PATCH' && call.path === path)

  okta.users.transition(oktaId, 'suspend')
  await eventually(() => expect(isAtWrite()).toBe(true))
  line.cut()
  await sleep(800)
  const [held] = await db.sql`select epoch::int, lease_until > now() + interval '1 minute' as leased from hub.lane`
  line.mend()

  await eventually(async () => expect((await hub.deliveries()).map(({ status }) => status)).toEqual(['succeeded']))
  const [after] = await db.sql`select epoch::int, taken_over_at is not null as taken from hub.lane`
  expect(held).toEqual({ epoch: 1, leased: true })
  expect(after).toEqual({ epoch: expect.any(Number), taken: true })
})
