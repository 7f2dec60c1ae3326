import { beforeAll, describe, expect, test } from 'vitest'
import { connectors } from '../../connectors/index.ts'
import { makeEnvironment } from '../../lab/environment.ts'
import { startTenants, type Tenants } from '../../lab/simulators/seed.ts'
import { findVendorCommand, listVendorIds } from '../../src/cli/commands/vendor-commands.ts'
import { commandTable } from '../../src/cli/table.ts'
import { type AuditAct, auditActs, batchedActs, hubDecisions, refusals, sessionActs } from '../../src/core/audit.ts'
import { systemClock } from '../../src/core/clock.ts'
import { makeId } from '../../src/core/id.ts'
import { makeJournal } from '../../src/journal/index.ts'
import { ingest } from '../../src/journal/queue/ingest.ts'
import { makeBreakGlassLink } from '../../src/signin/make-link.ts'
import { cliHere } from '../support/cli.ts'
import { newEvent, personIdOf } from '../support/journal-rows.ts'
import { testDatabase } from '../support/postgres.ts'
import { openTestSession } from '../support/sessions.ts'

const db = await testDatabase()
const { sql } = db
const empty = await testDatabase({ empty: true })
const person = personIdOf('okta', '00u1')

let tenants: Tenants
let replayed: string
let refused: string
let token: string
let planned: string
let session: string
let emergency: string

beforeAll(async () => {
  tenants = await startTenants()
  const event = newEvent()
  const grant = newEvent({ kind: 'on', hint: 'neutral', person: '00u2' })
  await ingest(sql, [[event, grant]])
  // Nothing stands in the way of erasing this one.
  await sql`insert into hub.person (id, source, authority_id) values (${personIdOf('okta', '00u3')}, 'okta', '00u3')`
  replayed = event.deliveries[0]?.id ?? ''
  refused = grant.deliveries[0]?.id ?? ''
  return () => tenants.close()
})

const setAside = () => sql`update hub.delivery set status = 'failed', attempts = 1, next_attempt_at = null`
const hold = () => sql`
  insert into hub.hold (person, connector, direction, why) values (${person}, 'auth0', 'deny', 'protected')
  on conflict (person, connector, direction) do update set brake_order = null`
const pause = () => sql`
  insert into hub.connector (id, paused_until, paused_since, reason) values ('auth0', now(), now(), '401')`

const except = () => sql`insert into hub.exception (id, person, until, reason, ordered_by)
  values (${makeId('ord')}, ${person}, now() + interval '1 hour', 'x', 'ann')`

/**
 * Refusals are recorded over HTTP alone: who has the machine is refused nothing for their role. What a batch alone orders
 * is on record when a hub carries it out: planned-acts.test.ts sees its row.
 */
type OrderedAct = Exclude<
  AuditAct,
  (typeof hubDecisions | typeof sessionActs | typeof refusals | typeof batchedActs)[number]
>

/** How each act is ordered: by which line, after what was made ready for it. */
const orders: Record<OrderedAct, { line: () => string[]; ready?: () => PromiseLike<unknown>; at?: typeof db }> = {
  release: { line: () => ['brake', 'release', '00u1'], ready: hold },
  cancel: { line: () => ['brake', 'cancel', '00u1'], ready: hold },
  expect: { line: () => ['brake', 'expect', '5', '--until', '2h'] },
  protect: { line: () => ['protect', '00u1', '--until', '2h'] },
  unprotect: { line: () => ['unprotect', '00u1', '--source', 'okta'] },
  except: { line: () => ['except', '00u1', '--until', '2h'] },
  except_ended: { line: () => ['except', 'end', '00u1'], ready: except },
  adopt: { line: () => ['person', 'adopt', '00u1', 'auth0|1', '--unseen', '--connector', 'auth0'] },
  resume: { line: () => ['resume', 'auth0'], ready: pause },
  replay: { line: () => ['replay', replayed], ready: setAside },
  recover: { line: () => ['recover', '--since', '1h', '--yes'], ready: setAside },
  dismiss: { line: () => ['dismiss', refused], ready: setAside },
  token_made: { line: () => ['token', 'make', '--for', 'ops', '--role', 'viewer'] },
  token_revoked: { line: () => ['token', 'revoke', token], ready: makeToken },
  link_made: { line: () => ['console', '--print'] },
  break_glass: { line: () => ['console', '--break-glass', '--for', '00u2', '--print'] },
  'batch.plan': { line: () => ['batch', 'plan', 'replay', '--status', 'failed'], ready: setAside },
  'batch.apply': { line: () => ['batch', 'apply', planned], ready: planAll },
  'batch.pause': { line: () => ['batch', 'pause', planned], ready: applyAll },
  'batch.resume': {
    line: () => ['batch', 'resume', planned],
    ready: async () => {
      await applyAll()
      await run(['batch', 'pause', planned])
    },
  },
  'batch.cancel': { line: () => ['batch', 'cancel', planned], ready: planAll },
  emergency_reviewed: { line: () => ['console', 'review', emergency], ready: makeEmergency },
  session_ended: { line: () => ['session', 'end', session], ready: openSession },
  legal_hold: { line: () => ['hold', '--legal', '00u1'] },
  legal_hold_ended: { line: () => ['hold', '--end', '00u1'] },
  'person.erase': { line: () => ['person', 'erase', '00u3', '--yes'] },
  resync: { line: () => ['okta', 'resync', '--since', '1h'] },
  migrate: { line: () => ['migrate'], at: empty },
}

async function planAll(): Promise<void> {
  await setAside()
  const { out } = await run(['batch', 'plan', 'replay', '--status', 'failed', '--json'])
  planned = JSON.parse(out).id
}

async function applyAll(): Promise<void> {
  await planAll()
  await run(['batch', 'apply', planned, '--reason', 'ready'])
}

async function makeEmergency(): Promise<void> {
  const maker = { actor: 'ann', account: 'ann', role: 'admin', way: 'cli', person: null } as const
  const wish = { person: { source: 'okta', authorityId: '00u4' }, reason: 'x' }
  emergency = (await makeBreakGlassLink({ journal: makeJournal(sql), clock: systemClock }, maker, wish)).id
}

async function openSession(): Promise<void> {
  session = (await openTestSession(makeJournal(sql), { role: 'viewer', subject: '00u3' })).id
}

async function makeToken(): Promise<void> {
  const { out } = await run(['token', 'make', '--for', 'ops', '--role', 'viewer', '--json'])
  token = JSON.parse(out).id
}

const explained: Record<string, unknown> = {
  token_made: expect.stringContaining('tok_'),
  link_made: expect.stringContaining('within 10 minutes'),
  break_glass: expect.stringContaining('within 10 minutes'),
}

/** These take no reason. */
const wordless: readonly AuditAct[] = ['resync', 'migrate']

const run = (args: string[], url = db.url) => cliHere({ args, env: { ...makeEnvironment(tenants), DATABASE_URL: url } })

describe('each order of the command line', () => {
  test.each(Object.entries(orders))(
    '%s leaves its row, with the system’s user',
    async (act, { line, ready, at = db }) => {
      await ready?.()
      const word = `by test ${makeId('req')}`
      const { code, err } = await run(
        [...line(), ...(isWordless(act) ? [] : ['--reason', word, '--by', 'Ann'])],
        at.url,
      )
      // A new token or link is explained beside its text.
      expect({ code, err }).toEqual({ code: 0, err: explained[act] ?? '' })
      const { userInfo } = await import('node:os')
      const rows = await at.sql`select * from hub.audit_entry where act = ${act} and way = 'cli'`
      expect(rows.at(-1)).toMatchObject({ actor: userInfo().username, role: 'administrator', result: 'done' })
      if (!isWordless(act)) expect(rows).toMatchObject([{ by: 'Ann', reason: word, words: 'kept' }])
    },
  )
})

function isWordless(act: string): boolean {
  return wordless.some((one) => one === act)
}

/** Commands that change something elsewhere than in the journal, and where. */
const elsewhere: Record<string, string> = {
  start: 'runs the hub, which decides by itself',
  demo: 'has a database of its own',
  send: 'sends a hook: what comes of it is an event',
  try: 'sends a trial of a hook: what comes of it is an event',
  connector: 'writes files of a connector',
  clean: 'removes folders of this machine',
}

/** Commands that change nothing, and how they are called. */
const reading: Record<string, string[][]> = {
  doctor: [['doctor']],
  deliveries: [['deliveries'], ['deliveries', '--stuck']],
  show: [
    ['show', 'dlv_'],
    ['show', 'evt_'],
  ],
  person: [
    ['person', '00u1'],
    ['person', '00u1', '--live'],
    ['person', 'adopt', 'list'],
    ['person', 'export', '00u1'],
  ],
  brake: [['brake']],
  resume: [['resume', 'list']],
  token: [['token', 'list']],
  session: [['session', 'list']],
  protect: [['protect', 'list']],
  hold: [['hold', 'list']],
  report: [
    ['report', 'leavers'],
    ['report', 'go-live'],
    ['report', 'operators'],
    ['report', 'leavers', '--sample', '2', '--seed', 'a'],
  ],
  batch: [['batch', 'list']],
  connectors: [['connectors']],
  audit: [['audit'], ['audit', '--jsonl']],
  migrate: [['migrate', '--check']],
}

const refusedWrite = /read-only transaction/

const vendorCommands = listVendorIds({}).flatMap((id) => {
  const kind = connectors.find((one) => one.id === id)
  const names = [...Object.keys(kind?.commands ?? {}), ...(kind?.list ? ['resync'] : [])]
  return names.flatMap((name) => findVendorCommand({ connector: id, name, environment: {} }) ?? [])
})

describe('the command table', () => {
  test('names for each command what it puts on record, or it reads, or it writes elsewhere', () => {
    const unnamed = commandTable.filter(({ name, acts }) => {
      const says = [acts.length > 0 || name in reading, name in elsewhere]
      return says.filter(Boolean).length !== 1
    })
    expect(unnamed.map(({ name }) => name)).toEqual([])
  })

  test('has with the hub’s own decisions, and with what browsers and batches do, every act that there is, and no other', () => {
    const acts = [...commandTable, ...vendorCommands].flatMap((entry) => entry.acts)
    const others = [...hubDecisions, ...sessionActs, ...refusals, ...batchedActs]
    expect([...new Set([...acts, ...others])].toSorted()).toEqual([...auditActs].toSorted())
  })

  test('has of a vendor’s commands none that writes into the journal but the resync', () => {
    const names = vendorCommands.map(({ name, acts }) => [name, acts])
    expect(names).toContainEqual(['okta resync', ['resync']])
    expect(names.filter(([name, acts]) => acts?.length !== (String(name).endsWith(' resync') ? 1 : 0))).toEqual([])
    expect(names.length).toBeGreaterThan(2)
  })

  test.each(Object.entries(reading).flatMap(([name, lines]) => lines.map((line) => [name, line] as const)))(
    'says of %s that it reads: %j works where nothing can be written',
    async (_name, line) => {
      const before = await sql`select count(*)::int as count from hub.audit`
      const { code, out, err } = await readOnly(() => run([...line]))
      expect(code).not.toBe(2)
      expect(`${out}${err}`).not.toMatch(refusedWrite)
      expect(await sql`select count(*)::int as count from hub.audit`).toEqual(before)
    },
  )
})

test('a command that writes fails where nothing can be written, and so would one that only says that it reads', async () => {
  const { code, err } = await readOnly(() => run(['protect', '00u1', '--until', '2h', '--reason', 'x']))
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(refusedWrite) })
})

/** New connections to the database can only read meanwhile. */
async function readOnly<T>(work: () => Promise<T>): Promise<T> {
  const name = sql(db.connection.database)
  await sql`alter database ${name} set default_transaction_read_only = on`
  try {
    return await work()
  } finally {
    await sql`alter database ${name} reset default_transaction_read_only`
  }
}
