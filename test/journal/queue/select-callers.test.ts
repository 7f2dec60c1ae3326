import { expect, test } from 'vitest'
import { selectCallers } from '../../../src/journal/queue/select-callers.ts'
import { testDatabase } from '../../support/postgres.ts'

const { sql } = await testDatabase()

test('who works with the hub now is read without what is over, however many tokens and sessions that are', async () => {
  const over = sql`now() - interval '2 days'`
  await sql`
    insert into hub.token (id, hash, name, owner, role, source, authority_id, made_by, made_at, expires_at)
    select 'tok_' || n, lpad(to_hex(n), 64, '0'), 'n', 'o', 'viewer', 'okta', '00u' || n, 'm', ${over},
      case when n = 7 then now() + interval '1 day' else ${over} + interval '1 day' end
    from generate_series(1, 5000) n`
  await sql`
    insert into hub.session (id, hash, way, account, source, authority_id, role, idle_seconds, made_at, expires_at)
    select 'ses_' || n, lpad(to_hex(n), 64, '0'), 'link', 'a', 'okta', '00u' || n, 'viewer', 600, at, at + interval '1 hour'
    from generate_series(1, 5000) n, lateral (select case when n = 8 then now() else ${over} end as at) made`
  await sql`analyze hub.token, hub.session`
  expect(await sql`select authority_id as id from ${selectCallers(sql)} c`).toEqual([{ id: '00u7' }, { id: '00u8' }])
  const plan = (await sql`explain select * from ${selectCallers(sql)} c`).map((row) => row['QUERY PLAN']).join('\n')
  expect([plan.includes('token_good'), plan.includes('session_good'), plan.includes('Seq Scan')]).toEqual([
    true,
    true,
    false,
  ])
})
