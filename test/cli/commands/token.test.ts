import { beforeEach, expect, test } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { makeJournal } from '../../../src/journal/index.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { findCaller } from '../../../src/signin/find-caller.ts'
import { cliHere } from '../../support/cli.ts'
import { newEvent, wipe, wipeAudit } from '../../support/journal-rows.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const journal = makeJournal(sql)
const cli = (...args: string[]) => cliHere({ args: ['token', ...args], env: { DATABASE_URL: db.url } })
const find = (text: string) => findCaller({ journal, log: silentLog }, text)

beforeEach(async () => {
  await wipe(sql)
  await sql`truncate hub.token`
  await wipeAudit(sql)
})

test('token make prints the token alone, so that it can be put into a file, and says the rest beside it', async () => {
  const made = await cli('make', '--for', 'ann@acme.com', '--role', 'auditor', '--days', '7', '--by', 'ben')
  expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^bh_[0-9a-f]{64}\n$/) })
  expect(made.err).toMatch(/^tok_\w+: auditor, for ann@acme\.com, until .*\(in 7 d.*\)\. It is not shown again\.\n$/)
  expect(await find(made.out.trim())).toMatchObject({ role: 'auditor', way: 'api' })
  const [row] = await journal.records.listTokens()
  expect(row).toMatchObject({ name: 'ann@acme.com', owner: 'ann@acme.com', role: 'auditor', madeBy: 'ben' })
})

test('token list shows what lives and what ended, and no token', async () => {
  expect((await cli('list')).out).toBe('There is no token.\n')
  const made = JSON.parse((await cli('make', '--for', 'ann', '--role', 'viewer', '--name', 'wall', '--json')).out)
  expect(made).toMatchObject({ token: expect.stringMatching(/^bh_/), name: 'wall', expired: false })
  await cli('revoke', made.id.slice(0, 20), '--by', 'ben', '--reason', 'sold')
  const { out } = await cli('list')
  expect(out).toMatch(/wall +ann +viewer +revoked /)
  const listed = await cli('list', '--json')
  expect(JSON.parse(listed.out)).toMatchObject([{ id: made.id, revokedBy: 'ben' }])
  expect(out + listed.out).not.toContain(made.token.slice(3))
})

test('token revoke ends a token by the beginning of its id, once', async () => {
  const { id, token } = JSON.parse((await cli('make', '--for', 'ann', '--role', 'viewer', '--json')).out)
  expect(await cli('revoke', id.slice(0, 20))).toMatchObject({
    code: 0,
    out: expect.stringContaining(`${id} is revoked`),
  })
  expect(await find(token)).toBeNull()
  expect(await cli('revoke', id)).toMatchObject({ code: 1, err: expect.stringContaining('it was revoked before') })
})

test('token make --person ties the token to a person who is known', async () => {
  await ingest(sql, [[newEvent({ person: '00u1' })]])
  expect((await cli('make', '--for', 'ann', '--role', 'viewer', '--person', 'nobody')).code).toBe(1)
  const made = await cli('make', '--for', 'ann', '--role', 'viewer', '--person', '00u1', '--json')
  expect(JSON.parse(made.out)).toMatchObject({ person: { source: 'okta', authorityId: '00u1' } })
})

test.each([
  [['make', '--role', 'viewer'], '--for is missing'],
  [['make', '--for', 'ann'], '--role is missing'],
  [['make', '--for', 'ann', '--role', 'operater'], 'Write --role operator'],
  [['make', '--for', 'ann', '--role', 'viewer', '--days', '91'], 'from 1 to 90'],
  [['make', 'me', '--for', 'ann', '--role', 'viewer'], 'one word too many'],
  [['revoke'], 'tok_… is missing'],
  [['mak'], 'knows no "mak"'],
  [[], 'A word is missing'],
])('token %j is refused with what is missing', async (args, words) => {
  expect(await cli(...args)).toMatchObject({ code: 2, err: expect.stringContaining(words) })
  expect(await journal.records.listTokens()).toEqual([])
})
