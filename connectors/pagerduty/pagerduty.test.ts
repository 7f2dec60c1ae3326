import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type PagerDutyAccount,
  type PagerDutyShift,
  startPagerDutyAccount,
} from '../../lab/simulators/pagerduty/server.ts'
import { readSettings, secretsOf } from '../../src/core/settings.ts'
import { CredentialError, PermanentError, TimeoutError } from '../../src/index.ts'
import { handlerContext, lenaAsks } from '../../test/support/handler-context.ts'
import { config } from './config.ts'
import recorded from './fixtures/oncalls.json' with { type: 'json' }
import pagerduty from './index.ts'

const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
const shift: PagerDutyShift = {
  email: 'Lena.Park@acme.test',
  policy: 'PPOLICY1',
  schedule: 'PSCHED1',
  start: at(-2),
  end: at(6),
}

let account: PagerDutyAccount
beforeEach(async () => {
  account = await startPagerDutyAccount()
})
afterEach(() => account.close())

type Given = NonNullable<Parameters<typeof handlerContext>[2]>

const world = (settings: Record<string, string> = {}, given: Given = {}) =>
  handlerContext(
    config,
    { PAGERDUTY_TOKEN: account.token, PAGERDUTY_SCHEDULES: 'PSCHED1', PAGERDUTY_BASE_URL: account.url, ...settings },
    given,
  )

const preapprove = async (context = world()) => pagerduty.preapprove?.(context)
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
const asks = (request: Given['request']): Given => ({ request: request ?? {} })
const approved = { answer: 'approve' }
const toPeople = (reason: string) => ({ answer: 'needs_approval', reason: expect.stringContaining(reason) })

describe('access is pre-approved', () => {
  test('for whoever is on call now, whatever the case of the e-mail', async () => {
    account.shifts.push({ ...shift, email: 'omar.diaz@acme.test' }, shift)
    expect(await preapprove()).toEqual(approved)
  })

  test('of the longest length, and not a second longer', async () => {
    account.shifts.push(shift)
    const settings = { PAGERDUTY_MAX_HOURS: '1.5' }
    expect(await preapprove(world(settings, asks({ accessLengthSeconds: 5_400 })))).toEqual(approved)
    expect(await preapprove(world(settings, asks({ accessLengthSeconds: 5_401 })))).toEqual(toPeople('1.5 hours'))
  })

  test('for a duty without beginning or end', async () => {
    account.shifts.push({ ...shift, start: null, end: null })
    expect(await preapprove()).toEqual(approved)
  })

  test('by a schedule or by a policy: one of them is enough', async () => {
    account.shifts.push({ ...shift, schedule: null, policy: 'PPOLICY9' })
    expect(await preapprove()).toEqual(toPeople('not on call'))
    expect(await preapprove(world({ PAGERDUTY_POLICIES: 'PPOLICY9' }))).toEqual(approved)
  })

  test('for somebody on the second page', async () => {
    account.shifts.push(...Array.from({ length: 130 }, (_, i) => ({ ...shift, email: `p${i}@acme.test` })), shift)
    expect(await preapprove()).toEqual(approved)
    expect(account.queries.map((query) => query.get('offset'))).toEqual(['0', '100'])
  })

  test('by the rule of its application alone, where it has one', async () => {
    account.shifts.push({ ...shift, schedule: 'PSCHED2' })
    const PAGERDUTY_APPLICATIONS = '{"crm": {"schedules": ["PSCHED2"], "maxHours": 2}}'
    expect(await preapprove(world({ PAGERDUTY_APPLICATIONS }))).toEqual(approved)
    expect(await preapprove(world({ PAGERDUTY_APPLICATIONS }, asks({ accessLengthSeconds: 7_201 })))).toEqual(
      toPeople('2 hours'),
    )
    const wiki = { application: { ...lenaAsks.application, id: 'wiki', label: 'Wiki' } }
    expect(await preapprove(world({ PAGERDUTY_APPLICATIONS }, asks(wiki)))).toEqual(toPeople('for Wiki now'))
  })
})

describe('a request goes to people, with the reason,', () => {
  test.each([
    ['over', { start: at(-10), end: at(-1) }],
    ['still to come', { start: at(1), end: at(9) }],
    ['somebody else’s', { email: 'lena.park@acme.test.evil' }],
    ['of another schedule', { schedule: 'PSCHED7' }],
  ])('when the duty is %s', async (_, difference) => {
    account.shifts.push({ ...shift, ...difference })
    expect(await preapprove()).toEqual(toPeople('lena.park@acme.test is not on call in PagerDuty for CRM now.'))
  })

  test.each([
    { accessLengthSeconds: null, reason: 'no end' },
    { accessLengthSeconds: 0, reason: '8 hours' },
    { accessLengthSeconds: -60, reason: '8 hours' },
    { accessLengthSeconds: Number.NaN, reason: '8 hours' },
    { accessLengthSeconds: 28_801, reason: '8 hours' },
  ])(
    'when $accessLengthSeconds seconds are asked for, without asking PagerDuty',
    async ({ reason, accessLengthSeconds }) => {
      account.shifts.push(shift)
      expect(await preapprove(world({}, asks({ accessLengthSeconds })))).toEqual(toPeople(reason))
      expect(account.calls).toEqual([])
    },
  )

  test('when no duty stands for the application: everybody’s is never asked for', async () => {
    account.shifts.push(shift)
    const settings = {
      PAGERDUTY_SCHEDULES: '',
      PAGERDUTY_APPLICATIONS: '{"aws": {"schedules": ["PSCHED1"]}, "crm": {}}',
    }
    const { PAGERDUTY_SCHEDULES: _none, ...rest } = settings
    const context = {
      ...world(),
      config: config.parse({ PAGERDUTY_TOKEN: account.token, PAGERDUTY_BASE_URL: account.url, ...rest }),
    }
    expect(await preapprove(context)).toEqual(toPeople('No duty'))
    expect(account.calls).toEqual([])
  })

  test('when PagerDuty answers for another time than now', async () => {
    account.answerWith('/oncalls', JSON.stringify(recorded))
    expect(await preapprove(world({}, { now: new Date('2026-11-24T08:00:00Z') }))).toEqual(approved)
    expect(await preapprove(world({}, { now: new Date('2026-11-30T08:00:00Z') }))).toEqual(toPeople('not on call'))
  })
})

test('every question bears the filter, the users, and the version of the API', async () => {
  await preapprove(world({ PAGERDUTY_SCHEDULES: 'PSCHED1, PSCHED2', PAGERDUTY_POLICIES: 'PPOLICY1' }))
  const [schedules, policies] = account.queries
  expect(schedules?.getAll('schedule_ids[]')).toEqual(['PSCHED1', 'PSCHED2'])
  expect(schedules?.has('escalation_policy_ids[]')).toBe(false)
  expect(policies?.getAll('escalation_policy_ids[]')).toEqual(['PPOLICY1'])
  expect(account.queries.every((query) => query.get('include[]') === 'users')).toBe(true)
})

describe('PagerDuty answers', () => {
  test('401: the connector is paused, and the key is not in what is said', async () => {
    const thrown = await failure(preapprove(world({ PAGERDUTY_TOKEN: 'wrong-key-1' })))
    expect(thrown).toBeInstanceOf(CredentialError)
    expect(String(thrown)).not.toContain('wrong-key-1')
  })

  test('403: it is thrown as permanent', async () => {
    account.misbehave({ status: 403 })
    expect(await failure(preapprove())).toBeInstanceOf(PermanentError)
  })

  test('429: it is thrown at once, and the next request is asked anew', async () => {
    account.shifts.push(shift)
    account.misbehave({ status: 429, resetSeconds: 20, times: 1 })
    expect(await failure(preapprove())).toMatchObject({ message: expect.stringContaining('429') })
    expect(account.calls).toHaveLength(1)
    expect(await preapprove()).toEqual(approved)
  })

  test.each([{ status: 500 }, { cut: 'before' as const }, { cut: 'midway' as const }])(
    'with a fault (%j): it is thrown, and nothing is approved',
    async (rule) => {
      account.shifts.push(shift)
      account.misbehave(rule)
      expect(await failure(preapprove())).toBeInstanceOf(Error)
    },
  )

  test('not at all: the outbound limit ends it', async () => {
    account.misbehave({ delayMs: 3_000 })
    expect(await failure(preapprove())).toBeInstanceOf(TimeoutError)
  })

  const [one] = recorded.oncalls
  const malformed = [
    '<html>',
    '',
    '[]',
    '{}',
    '{"oncalls":null,"more":false}',
    JSON.stringify({ ...recorded, oncalls: [{ ...one, end: 'soon' }] }),
    JSON.stringify({ ...recorded, oncalls: [{ user: one?.user }] }),
  ]

  test.each(malformed)('in another shape (%s): nothing is approved', async (text) => {
    account.answerWith('/oncalls', text)
    expect(await failure(preapprove())).toMatchObject({ message: expect.stringContaining('another shape') })
  })

  test('that there is always more: it is given up, and nothing is approved', async () => {
    account.answerWith('/oncalls', JSON.stringify({ ...recorded, oncalls: [], more: true }))
    expect(await failure(preapprove())).toMatchObject({
      message: expect.stringContaining('not all could be looked at'),
    })
  })
})

describe('the settings', () => {
  const sound = { PAGERDUTY_TOKEN: 'pd-key', PAGERDUTY_SCHEDULES: 'PSCHED1' }

  test('left out switch it off; a key with nobody’s duty is refused', () => {
    expect(readSettings(config, {})).toEqual({ absent: true })
    expect(readSettings(config, { PAGERDUTY_TOKEN: 'pd-key' })).toMatchObject({
      problems: [{ setting: 'PAGERDUTY_SCHEDULES' }],
    })
    expect(readSettings(config, { PAGERDUTY_TOKEN: 'pd-key', PAGERDUTY_POLICIES: 'PPOLICY1' })).toHaveProperty('value')
  })

  test.each([
    { PAGERDUTY_SCHEDULES: 'PSCHED1, on call' },
    { PAGERDUTY_MAX_HOURS: '0' },
    { PAGERDUTY_MAX_HOURS: '169' },
    { PAGERDUTY_APPLICATIONS: '{"aws": "PSCHED1"}' },
    { PAGERDUTY_APPLICATIONS: '{"aws": {"schedule": ["PSCHED1"]}}' },
    { PAGERDUTY_APPLICATIONS: '{' },
    { PAGERDUTY_BASE_URL: 'http://pd.test' },
  ])('%j are refused', (wrong) => {
    expect(readSettings(config, { ...sound, ...wrong })).toMatchObject({
      problems: [{ setting: Object.keys(wrong)[0] }],
    })
  })

  test('have the key marked as a secret', () => {
    const read = readSettings(config, sound)
    if (!('value' in read)) throw new Error('refused')
    expect(secretsOf(config, read.value)).toEqual(['pd-key'])
  })
})

describe('the doctor', () => {
  const look = async (settings: Record<string, string> = {}) =>
    pagerduty.doctor?.({ client: undefined, config: world(settings).config, fetch, file: async () => '' })

  test('finds the key taken, and every schedule and policy that is named', async () => {
    const PAGERDUTY_APPLICATIONS = '{"aws": {"policies": ["PPOLICY1"], "schedules": ["PNOTHERE"]}}'
    expect(await look({ PAGERDUTY_APPLICATIONS })).toMatchObject([
      { name: 'pagerduty: key', status: 'ok' },
      { name: 'pagerduty: schedules/PSCHED1', status: 'ok' },
      { name: 'pagerduty: schedules/PNOTHERE', status: 'problem', detail: 'PagerDuty answered 404' },
      { name: 'pagerduty: escalation_policies/PPOLICY1', status: 'ok' },
    ])
  })

  test('finds a key that is not taken, and nobody there', async () => {
    expect(await look({ PAGERDUTY_TOKEN: 'wrong' })).toMatchObject([
      { status: 'problem', detail: 'PagerDuty answered 401' },
    ])
    expect(await look({ PAGERDUTY_BASE_URL: 'http://127.0.0.1:9' })).toMatchObject([{ status: 'problem' }])
  })
})

/** PagerDuty docs, the example of "List all of the on-calls"; references are alike everywhere. */
const reference = z.object({ id: z.string(), type: z.string(), summary: z.string().nullable() })
const documented = z.object({
  oncalls: z.array(
    z.object({
      escalation_policy: reference,
      escalation_level: z.number().int(),
      schedule: reference.nullable(),
      user: reference.extend({ email: z.email().optional() }),
      start: z.iso.datetime().nullable(),
      end: z.iso.datetime().nullable(),
    }),
  ),
  limit: z.number().int(),
  offset: z.number().int(),
  more: z.boolean(),
})

test('the simulated account answers as PagerDuty’s docs do', async () => {
  account.shifts.push(shift, { ...shift, schedule: null, start: null, end: null })
  const headers = { authorization: `Token token=${account.token}` }
  for (const query of ['', '?include[]=users', '?limit=1']) {
    documented.parse(await (await fetch(`${account.url}/oncalls${query}`, { headers })).json())
  }
  documented.parse(recorded)
})

describe('an odd entry of the list', () => {
  const [own] = recorded.oncalls
  const gone = { ...own, user: { id: 'PU1', type: 'user_reference' } }
  test.each([
    ['of a deleted user', [gone, own]],
    ['without a user', [{ ...gone, user: null }, own]],
    ['without an e-mail', [{ ...gone, user: { email: null } }, own]],
    [
      'without a policy',
      [
        { ...gone, escalation_policy: null },
        { ...own, escalation_policy: null },
      ],
    ],
    ['that is nothing', [null, 7, own]],
  ])('%s is nobody’s, and spoils no other (case 27)', async (_, oncalls) => {
    account.answerWith('/oncalls', JSON.stringify({ ...recorded, oncalls }))
    expect(await preapprove()).toEqual({ answer: 'approve' })
  })

  test('and a list without "more" is read to its end (case 27)', async () => {
    account.answerWith('/oncalls', JSON.stringify({ oncalls: [gone, own] }))
    expect(await preapprove()).toEqual({ answer: 'approve' })
  })
})
