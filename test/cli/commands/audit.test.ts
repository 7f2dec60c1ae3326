import { beforeEach, expect, test } from 'vitest'
import { makeJournal } from '../../../src/journal/index.ts'
import { ingest } from '../../../src/journal/queue/ingest.ts'
import { cliHere } from '../../support/cli.ts'
import { eventually } from '../../support/eventually.ts'
import { newEvent, personIdOf, wipe, wipeAudit } from '../../support/journal-rows.ts'
import { operator } from '../../support/operator.ts'
import { testDatabase } from '../../support/postgres.ts'

const db = await testDatabase()
const { sql } = db
const journal = makeJournal(sql)
const cli = (...args: string[]) => cliHere({ args: ['audit', ...args], env: { DATABASE_URL: db.url } })
const listed = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).out)

beforeEach(async () => {
  await wipe(sql)
  await wipeAudit(sql)
  await ingest(sql, [[newEvent()]])
  const person = personIdOf('okta', '00u1')
  const until = '2099-01-01T00:00:00.000Z'
  await sql`insert into hub.sighting (person, kind, value) values (${person}, 'email', 'lena@acme.test')`
  await journal.queue.pause({ id: 'auth0', reason: 'invalid_client', probeSeconds: 600 })
  await journal.orders.exceptPerson({
    id: 'ord_1',
    person,
    until,
    reason: 'legal',
    ...operator('Ann'),
    account: 'root',
  })
  await journal.orders.resumeConnector({ id: 'ord_2', connector: 'auth0', reason: 'rotated', ...operator('bob') })
})

test('audit lists acts of operators and decisions of the hub, the newest first', async () => {
  const { code, out } = await cli()
  expect(code).toBe(0)
  expect(out).toMatch(/NUMBER +AT +ACT +BY +WHY +ABOUT/)
  expect(out).toMatch(
    /resume +bob \(cli\) +rotated +auth0\n.*except +Ann \(root, cli\) +legal +per_okta_00u1\n.*paused +the hub +invalid_client +auth0/,
  )
})

test.each([
  ['an actor', ['--actor', 'root'], ['except']],
  ['a name that was given', ['--actor', 'Ann'], ['except']],
  ['the hub itself', ['--actor', 'hub'], ['paused']],
  ['an act', ['--act', 'resume'], ['resume']],
  ['a connector', ['--target', 'auth0'], ['resume', 'paused']],
  ['a person, by e-mail', ['--target', 'Lena@acme.test'], ['except']],
  ['a person, by the beginning of an id', ['--target', 'per_okta_00'], ['except']],
  ['a time', ['--since', '1h'], ['resume', 'except', 'paused']],
])('audit lists only those of %s', async (_what, args, acts) => {
  expect((await listed(...args)).map(({ act }: { act: string }) => act)).toEqual(acts)
})

test('audit lists pages, and names where the next one begins', async () => {
  const first = await cli('--limit', '2')
  const [, before = ''] = /older ones: --before (\w+)/.exec(first.out) ?? []
  expect(await listed('--limit', '2', '--before', before)).toMatchObject([{ act: 'paused' }])
})

test('audit --jsonl prints what is numbered, one object a line, and goes on behind a number', async () => {
  expect((await cli('--jsonl')).out).toBe('')
  // A test beside this one may have a transaction open, which holds numbers up.
  await eventually(async () => {
    await journal.records.numberAudit({ limit: 10 })
    expect(await journal.records.listNumbered({ after: 0, limit: 9 })).toHaveLength(3)
  })
  const lines = (text: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
  expect(lines((await cli('--jsonl')).out).map(({ number, act }) => [number, act])).toEqual([
    [1, 'paused'],
    [2, 'except'],
    [3, 'resume'],
  ])
  expect(lines((await cli('--jsonl', '--after', '2')).out)).toMatchObject([
    { number: 3, words: 'kept', reason: 'rotated' },
  ])
})

test.each([
  [['--act', 'replai'], /--act replai is none\.[\s\S]*replay/],
  [['--jsonl', '--json'], /--json does not go with --jsonl/],
  [['--after', '3'], /--after goes with --jsonl alone/],
  [['--since', 'soon'], /--since soon is no time/],
  [['all'], /one word too many/],
])('audit refuses %j with what, why and what to do', async (args, words) => {
  expect(await cli(...args)).toMatchObject({ code: 2, err: expect.stringMatching(words) })
})

test('audit says that words were erased, and still what was done', async () => {
  await sql`delete from hub.audit_note where audit = 'ord_1'`
  expect((await cli()).out).toMatch(/except +root \(cli\) +\(erased\) +per_okta_00u1/)
})
