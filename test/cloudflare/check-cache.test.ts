import { expect, test } from 'vitest'
import { makeCheckCache } from '../../src/cloudflare/check-cache.ts'
import { cacheSelects } from '../support/caching-pooler.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()

test('a cached Hyperdrive is not ready until its cache is off, and the command that does it is said', async () => {
  const check = makeCheckCache()
  await expect(check(cacheSelects(db.sql))).rejects.toMatchObject({
    fix: expect.stringContaining('wrangler hyperdrive update <id> --caching-disabled'),
  })
  await check(db.sql)
})

test('a cache that was found off is not tested again in this isolate', async () => {
  const check = makeCheckCache()
  await check(db.sql)
  await check(cacheSelects(db.sql))
})
