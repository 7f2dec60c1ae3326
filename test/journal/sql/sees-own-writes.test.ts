import { expect, test } from 'vitest'
import { seesOwnWrites } from '../../../src/journal/index.ts'
import { cacheSelects } from '../../support/caching-pooler.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const count = async () => (await db.sql`select id from hub.cache_probe`).length

test('PostgreSQL itself shows what was written, to several who test at once', async () => {
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((id) => seesOwnWrites(db.sql, id)))
  expect(answers).toEqual([true, true, true, true])
})

test('a pooler that caches selects is found out, again and again', async () => {
  const cached = cacheSelects(db.sql)
  expect([await seesOwnWrites(cached, 'a'), await seesOwnWrites(cached, 'b')]).toEqual([false, false])
})

test('a test leaves no row, and takes those along that were left behind long ago', async () => {
  await db.sql`insert into hub.cache_probe (id, step, made_at) values ('old', 1, now() - interval '2 hours')`
  await seesOwnWrites(db.sql, 'a')
  expect(await count()).toBe(0)
})
