import { expect, test } from 'vitest'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { findPage } from '../../../src/journal/records/delivery-pages.ts'
import { newEvent } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

test('a page to which no index leads looks at so many deliveries as it is told, and says where the next one begins', async () => {
  await ingest(sql, [Array.from({ length: 250 }, () => newEvent())])
  const filter = { connector: 'none', folds: false, limit: 50, examines: 100 }
  const seen: boolean[] = []
  let before: string | null | undefined
  do {
    const page = await findPage(sql, { ...filter, ...(before ? { before } : {}) })
    expect(page.ids).toEqual([])
    seen.push(page.bounded)
    before = page.next
  } while (before)
  expect(seen).toEqual([true, true, false])
})
