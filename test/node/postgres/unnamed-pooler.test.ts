import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { openDatabase } from '../../../src/node/postgres/database.ts'
import { formatStartFailure } from '../../../src/node/start-failure.ts'
import { cliHere } from '../../support/cli.ts'
import { newEvent, settlementOf } from '../../support/journal-rows.ts'
import { codeBlocks, readPage } from '../../support/markdown.ts'
import { lacksPgBouncer, type PgBouncer, startPgBouncer } from '../../support/pgbouncer.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const pooled = { HUB_DATABASE_POOLER: 'transaction' as const, HUB_CONCURRENCY: 4 }

async function journalOne(settings: { DATABASE_URL: string } & typeof pooled): Promise<void> {
  const database = await openDatabase({ settings, log: silentLog })
  try {
    const { queue } = makeJournal(database.sql)
    await queue.ingest([newEvent()])
    const [lane] = await queue.claim({ limit: 1, leaseSeconds: 30, provisionalDeny: false })
    if (!lane) throw new Error('Nothing is due.')
    await queue.settle(settlementOf(lane))
  } finally {
    await database.close()
  }
}

const ignoring = { ignore_startup_parameters: 'idle_in_transaction_session_timeout, tcp_keepalives_idle, ' }
ignoring.ignore_startup_parameters += 'tcp_keepalives_interval, tcp_keepalives_count, plan_cache_mode'

describe.skipIf(lacksPgBouncer !== null).each([
  { pooler: 'one that refuses startup parameters', settings: {}, why: /It refuses the startup parameter \w+\./ },
  { pooler: 'one that drops them without a word', settings: ignoring, why: /It drops the startup parameter \w+\./ },
  {
    pooler: 'one in session mode that drops them',
    settings: { ...ignoring, pool_mode: 'session' },
    why: /It drops the startup parameter \w+\./,
  },
])(`a database behind a pooler (${lacksPgBouncer ?? 'PgBouncer'}): $pooler`, ({ settings, why }) => {
  let pooler: PgBouncer
  beforeAll(async () => {
    pooler = await startPgBouncer({ url: db.url, poolSize: 8, settings })
  })
  afterAll(() => pooler?.stop())

  test('without the setting ends the start, and every command, with a message that names it', async () => {
    const thrown = await openDatabase({
      settings: { DATABASE_URL: pooler.url, HUB_CONCURRENCY: 4 },
      log: silentLog,
    }).catch((error: unknown) => error)
    const text = formatStartFailure(thrown)
    expect(text).toMatch(/^DATABASE_URL leads to a pooler/)
    expect(text).toMatch(why)
    expect(text).toContain('HUB_DATABASE_POOLER=transaction')
    expect(text).not.toContain(new URL(db.url).password)
    for (const args of [['doctor', '--offline'], ['deliveries'], ['migrate', '--check']]) {
      const { out, err, code } = await cliHere({ args, env: { DATABASE_URL: pooler.url } })
      expect(out + err).toMatch(why)
      expect(out + err).toContain('HUB_DATABASE_POOLER=transaction')
      expect(code).toBe(1)
    }
  })

  test('with the setting journals, and commands read', async () => {
    await journalOne({ DATABASE_URL: pooler.url, ...pooled })
    const env = { DATABASE_URL: pooler.url, HUB_DATABASE_POOLER: 'transaction' }
    expect(await cliHere({ args: ['migrate', '--check'], env })).toMatchObject({ code: 0 })
    expect((await cliHere({ args: ['deliveries', '--json'], env })).out).toContain('succeeded')
  })
})

test('with the setting and no pooler the hub journals as without', async () => {
  await journalOne({ DATABASE_URL: db.url, ...pooled })
})

test.skipIf(lacksPgBouncer !== null)(
  `the pgbouncer.ini of docs/operations.md serves a hub (${lacksPgBouncer ?? 'PgBouncer'})`,
  async () => {
    const [ini = ''] = codeBlocks((await readPage('docs/operations.md')).text, 'ini')
    const lines = ini.split('[pgbouncer]')[1]?.trim().split('\n') ?? []
    const settings = Object.fromEntries(lines.map((line) => line.split(' = ') as [string, string]))
    expect(Object.keys(settings).length).toBeGreaterThan(8)
    // Where it listens and who may come in are the operator's own.
    for (const own of ['listen_addr', 'listen_port', 'auth_file']) delete settings[own]
    const pooler = await startPgBouncer({ url: db.url, poolSize: 1, settings })
    await journalOne({ DATABASE_URL: pooler.url, ...pooled })
    await pooler.stop()
  },
)
