import { expect, test } from 'vitest'
import { makeJournal } from '../../../src/journal/index.ts'
import { migrate } from '../../../src/journal/sql/migrate.ts'
import { readMigrations } from '../../../src/node/postgres/database.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase({ empty: true })
const shipped = await readMigrations()

test('0018 takes over every order that was on record before it, with who, why and when', async () => {
  const { sql } = db
  await migrate(
    sql,
    shipped.filter(({ number }) => number < 18),
  )
  const at = '2026-05-14T08:30:00.000Z'
  await sql`insert into hub.person (id, source, authority_id) values ('per_1', 'okta', '00u1')`
  const note = { reason: 'why', ordered_by: 'ann', ordered_at: at }
  await sql`insert into hub.brake_order ${sql({ ...note, id: 'ord_1', kind: 'release', person: 'per_1', people: 1, direction: 'deny' })}`
  await sql`insert into hub.brake_order ${sql({ ...note, id: 'ord_2', kind: 'expect', people: 9, direction: 'deny', until: at })}`
  await sql`insert into hub.adoption ${sql({ ...note, id: 'ord_3', person: 'per_1', connector: 'auth0', target: 'auth0|1' })}`
  await sql`insert into hub.connector_order ${sql({ ...note, id: 'ord_4', connector: 'auth0', kind: 'resume', paused_reason: '401' })}`
  await sql`insert into hub.exception ${sql({ ...note, id: 'ord_5', person: 'per_1', until: at })}`
  await sql`insert into hub.protected ${sql({ ...note, source: 'okta', authority_id: '00u1', until: at })}`

  await migrate(sql, shipped)
  const { orders } = makeJournal(sql)
  const all = await orders.listOrders({ limit: 10 })
  expect(all.every(({ by, reason, at: when }) => by === 'ann' && reason === 'why' && when === at)).toBe(true)
  expect(Object.fromEntries(all.map(({ kind, about, facts }) => [kind, { about, facts }]))).toEqual({
    release: { about: ['per_1'], facts: { direction: 'deny', people: 1 } },
    expect: { about: [], facts: { direction: 'deny', people: 9, until: at } },
    adopt: { about: ['per_1'], facts: { connector: 'auth0', target: 'auth0|1' } },
    resume: { about: ['auth0'], facts: { pausedReason: '401' } },
    except: { about: ['per_1'], facts: { until: at } },
    protect: { about: ['per_1'], facts: { source: 'okta', authorityId: '00u1', until: at } },
  })
  expect(await orders.listConnectorOrders()).toMatchObject([{ connector: 'auth0', pausedReason: '401', by: 'ann' }])
  expect(await orders.listOrders({ about: ['per_1'], kinds: ['adopt'], limit: 10 })).toHaveLength(1)
})
