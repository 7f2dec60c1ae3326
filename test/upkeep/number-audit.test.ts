import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { startTenants } from '../../lab/simulators/seed.ts'
import { defaultUpkeepTiming } from '../../src/core/policy.ts'
import { defineConnector } from '../../src/index.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { makeNumberAudit } from '../../src/upkeep/number-audit.ts'
import { eventually } from '../support/eventually.ts'
import { startHub } from '../support/hub.ts'
import { wipe, wipeAudit } from '../support/journal-rows.ts'
import { operator } from '../support/operator.ts'
import { testDatabase } from '../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const journal = makeJournal(sql)
let heard: Record<string, unknown>[] = []

const archive = defineConnector({
  id: 'archive',
  on: { 'hub.audit.*': ({ event }) => void heard.push({ type: event.type, ...event.data }) },
})

const ends: (() => PromiseLike<unknown>)[] = []
beforeEach(async () => {
  await wipe(sql)
  await wipeAudit(sql)
  heard = []
})
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function startUpkeep(more: typeof connectors = []): Promise<void> {
  const tenants = await startTenants()
  const timing = { ...defaultUpkeepTiming, tickSeconds: 0.05, numberEverySeconds: 0 }
  const hub = await startHub({ db, tenants, connectors: [...connectors, ...more], upkeep: { resync: false, timing } })
  ends.push(
    () => hub[Symbol.asyncDispose](),
    () => tenants.close(),
  )
}

const order = (i: number) =>
  journal.orders.protect({
    source: 'okta',
    authorityId: `00u${i}`,
    until: '2099-01-01',
    reason: 'glass',
    ...operator(),
  })
const readNumbers = async () =>
  (await sql`select number::int from hub.audit order by number`).map(({ number }) => number)

test('a running hub numbers what is on record, and tells a connector that takes it, by ids and codes alone', async () => {
  await startUpkeep([archive])
  await order(1)
  await order(2)
  await eventually(() => expect(heard.map(({ number }) => number).toSorted()).toEqual([1, 2]))
  const [entry] = await journal.records.listAudit({ order: 'numbered', after: 0, limit: 1 })
  expect(heard.find(({ number }) => number === 1)).toEqual({
    ...{ type: 'hub.audit.protect', number: 1, id: entry?.id, at: entry?.at, act: 'protect', targets: entry?.targets },
    ...{ actor: 'ann', role: 'administrator', way: 'cli', result: 'done', planHash: null, requestId: null },
    ...{ facts: { source: 'okta', authorityId: '00u1', until: '2099-01-01' }, note: entry?.note },
  })
  expect(JSON.stringify(heard)).not.toContain('glass')
})

test('two hubs number every row once, and leave no gap', async () => {
  await startUpkeep([archive])
  await startUpkeep([archive])
  await Promise.all(Array.from({ length: 20 }, (_, i) => order(i)))
  await eventually(async () => expect(await readNumbers()).toEqual(Array.from({ length: 20 }, (_, i) => i + 1)))
  await eventually(() => expect(heard).toHaveLength(20))
  expect(new Set(heard.map(({ number }) => number)).size).toBe(20)
})

test('what no connector takes is numbered and is no event', async () => {
  await startUpkeep()
  await order(1)
  await eventually(async () => expect(await readNumbers()).toEqual([1]))
  expect(await sql`select 1 from hub.event where type like 'hub.audit.%'`).toHaveLength(0)
})

test('a process that dies before it has noted what it told leaves that to the next one', async () => {
  await order(1)
  const told: number[] = []
  const timing = { everySeconds: 0, leaseSeconds: 0 }
  const dying = makeNumberAudit({
    ...{ journal, ...timing },
    tellAudit: async () => {
      throw new Error('killed')
    },
  })
  await expect(dying()).rejects.toThrow('killed')
  const next = makeNumberAudit({
    ...{ journal, ...timing },
    tellAudit: async (entries) => void told.push(...entries.map(({ number }) => number)),
  })
  const tells = (numbers: number[]) =>
    eventually(async () => {
      await next()
      expect(told).toEqual(numbers)
    })
  await tells([1])
  await order(2)
  await tells([1, 2])
})
