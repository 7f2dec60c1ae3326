import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type KnowBe4Account,
  type KnowBe4Enrollment,
  type KnowBe4User,
  startKnowBe4Account,
} from '../../lab/simulators/knowbe4/server.ts'
import { readSettings, secretsOf } from '../../src/core/settings.ts'
import { CredentialError, PermanentError, RetryAfterError, TimeoutError } from '../../src/index.ts'
import { handlerContext, lenaAsks } from '../../test/support/handler-context.ts'
import { config, makeApiUrl, makeTrainingUrl } from './config.ts'
import recorded from './fixtures/enrollments.json' with { type: 'json' }
import knowbe4 from './index.ts'
import { judgeTraining } from './judge.ts'
import { makeUserIds } from './user-ids.ts'

const now = new Date('2026-11-01T12:00:00Z')
const lena: KnowBe4User = { id: 796_742, email: 'Lena.Park@acme.test' }
const passed: KnowBe4Enrollment = {
  userId: lena.id,
  module: 'Security Basics',
  status: 'Passed',
  completedAt: '2026-10-01T10:00:00.000Z',
}
const open = { ...passed, status: 'In Progress', completedAt: null }

let account: KnowBe4Account
beforeEach(async () => {
  account = await startKnowBe4Account({ users: [{ id: 1, email: 'omar.diaz@acme.test' }, lena] })
})
afterEach(() => account.close())

type Given = NonNullable<Parameters<typeof handlerContext>[2]>

/** The world of one process: its client remembers. */
function world(settings: Record<string, string> = {}, given: Given = {}) {
  const texts = {
    KNOWBE4_TOKEN: account.token,
    KNOWBE4_TRAINING: 'Security Basics',
    KNOWBE4_BASE_URL: account.url,
    KNOWBE4_TRAINING_URL: 'https://learn.acme.test',
    ...settings,
  }
  return handlerContext(config, texts, { now, ...given, client: makeUserIds() })
}

const validate = async (context = world()) => knowbe4.validate?.(context)
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
const pathsAsked = () => account.calls.map(({ path, query }) => `${path} ${query.page}`)

describe('a request is valid', () => {
  test('when the training is completed, whatever the case of the e-mail', async () => {
    account.enrollments.push(passed)
    expect(await validate()).toEqual({ answer: 'accept' })
  })

  test('when one of several enrollments is', async () => {
    account.enrollments.push(open, { ...open, module: 'Phishing' }, passed)
    expect(await validate()).toEqual({ answer: 'accept' })
  })

  test('when the newest completion is within the days allowed, to the day', async () => {
    account.enrollments.push({ ...passed, completedAt: '2025-01-01T00:00:00Z' }, passed)
    expect(await validate(world({ KNOWBE4_MAX_AGE_DAYS: '32' }))).toEqual({ answer: 'accept' })
  })

  test('by the training of its application, where that is configured', async () => {
    account.enrollments.push({ ...passed, module: 'Data Protection' })
    const KNOWBE4_TRAINING = '{"crm": "data protection", "*": "Security Basics"}'
    expect(await validate(world({ KNOWBE4_TRAINING }))).toEqual({ answer: 'accept' })
    const request = { application: { ...lenaAsks.application, id: 'wiki' } }
    expect(await validate(world({ KNOWBE4_TRAINING }, { request }))).toMatchObject({ answer: 'reject' })
  })

  test('when KnowBe4 has it on the second page of either list', async () => {
    account.users.unshift(...Array.from({ length: 500 }, (_, i) => ({ id: 10_000 + i, email: `p${i}@acme.test` })))
    account.enrollments.push(...Array.from({ length: 500 }, (_, i) => ({ ...open, module: `Module ${i}` })), passed)
    expect(await validate()).toEqual({ answer: 'accept' })
    expect(pathsAsked()).toEqual([
      '/v1/users 1',
      '/v1/users 2',
      '/v1/training/enrollments 1',
      '/v1/training/enrollments 2',
    ])
  })
})

describe('a request is turned down', () => {
  const message = async (context = world()) => {
    const answer = await validate(context)
    return answer?.answer === 'reject' ? answer.message : answer
  }

  test('while the training is open, with its name, its state and where to do it', async () => {
    account.enrollments.push(open, { ...open, status: 'Past Due' })
    expect(await message()).toBe(
      'Complete the training "Security Basics" first: KnowBe4 has it as "In Progress, Past Due". You find it at https://learn.acme.test; then ask again.',
    )
  })

  test('without an enrollment, with whom to ask', async () => {
    account.enrollments.push({ ...passed, module: 'Phishing' })
    expect(await message()).toMatch(/^You are not enrolled in the training "Security Basics"\. Ask whoever/)
  })

  test('when it was completed too long ago, with the day and the limit', async () => {
    account.enrollments.push(passed)
    expect(await message(world({ KNOWBE4_MAX_AGE_DAYS: '31' }))).toBe(
      'You completed the training "Security Basics" on 2026-10-01, which is more than 31 days ago. Repeat it, and ask again. You find it at https://learn.acme.test.',
    )
  })

  test.each([
    ['unknown', 'nobody@acme.test'],
    ['archived', 'old.hand@acme.test'],
  ])('of somebody %s to KnowBe4, with what to do', async (_, email) => {
    account.users.push({ id: 3, email: 'old.hand@acme.test', status: 'archived' })
    account.enrollments.push({ ...passed, userId: 3 })
    const request = { subject: { ...lenaAsks.subject, email } }
    expect(await message(world({}, { request }))).toMatch(
      new RegExp(
        `^KnowBe4 has no active user ${email}\\. Ask whoever .*"Security Basics".*https://learn\\.acme\\.test`,
      ),
    )
  })

  test('for an application whose training nobody has named', async () => {
    account.enrollments.push(passed)
    expect(await message(world({ KNOWBE4_TRAINING: '{"wiki": "Security Basics"}' }))).toMatch(/^Nobody has said/)
    expect(account.calls).toEqual([])
  })

  test('for a status that nobody called completed', async () => {
    account.enrollments.push({ ...passed, status: 'Exempt' })
    expect(await message()).toContain('"Exempt"')
    expect(await validate(world({ KNOWBE4_PASSED_STATUSES: 'Passed, exempt' }))).toEqual({ answer: 'accept' })
  })
})

describe('who somebody is at KnowBe4', () => {
  test('is asked for once, and everybody who came by is remembered', async () => {
    account.enrollments.push(passed)
    const process = world()
    await validate(process)
    await validate({
      ...process,
      request: { ...lenaAsks, subject: { ...lenaAsks.subject, email: 'omar.diaz@acme.test' } },
    })
    expect(pathsAsked().filter((path) => path.startsWith('/v1/users'))).toHaveLength(1)
  })

  test('is asked for anew when the e-mail has gone over to somebody else', async () => {
    account.enrollments.push(passed)
    const process = world()
    expect(await validate(process)).toEqual({ answer: 'accept' })
    const renamed = account.users.map((user) => (user.id === lena.id ? { ...user, email: 'lena.lee@acme.test' } : user))
    account.users.splice(0, 2, ...renamed, { id: 4, email: 'lena.park@acme.test' })
    expect(await validate(process)).toMatchObject({ answer: 'reject' })
  })

  test('decides nothing when the answer is about somebody else', async () => {
    account.answerWith(
      '/v1/training/enrollments',
      JSON.stringify([{ ...recorded[0], user: { id: 1, email: 'omar.diaz@acme.test' } }]),
    )
    expect(await failure(validate())).toMatchObject({ message: 'KnowBe4 answered with enrollments of somebody else' })
  })
})

describe('KnowBe4 answers', () => {
  test('401: the connector is paused, and the token is not in what is said', async () => {
    const thrown = await failure(validate(world({ KNOWBE4_TOKEN: 'wrong-token-1' })))
    expect(thrown).toBeInstanceOf(CredentialError)
    expect(String(thrown)).not.toContain('wrong-token-1')
  })

  test('429 with a time: it is thrown, not waited for, and asked again later', async () => {
    account.enrollments.push(passed)
    account.misbehave({ path: '/v1/training', status: 429, resetSeconds: 9, times: 1 })
    expect(await failure(validate())).toBeInstanceOf(RetryAfterError)
    expect(await validate()).toEqual({ answer: 'accept' })
  })

  test('403 or 404: it is thrown as permanent', async () => {
    account.misbehave({ status: 403, times: 1 })
    expect(await failure(validate())).toBeInstanceOf(PermanentError)
  })

  test.each([{ status: 500 }, { cut: 'before' as const }, { cut: 'midway' as const }])(
    'with a fault (%j): it is thrown, and nothing is decided',
    async (rule) => {
      account.misbehave({ path: '/v1/training', ...rule })
      expect(await failure(validate())).toBeInstanceOf(Error)
    },
  )

  test('not at all: the outbound limit ends it', async () => {
    account.misbehave({ delayMs: 3_000 })
    expect(await failure(validate())).toBeInstanceOf(TimeoutError)
  })

  const malformed = [
    '<html>',
    '',
    '{}',
    'null',
    '[null]',
    '[{"id":"1"}]',
    '[{"module_name":"Security Basics","status":"Passed"}]',
  ]

  test.each(malformed)('in another shape (%s): nothing is decided', async (text) => {
    account.answerWith('/v1/training/enrollments', text)
    expect(await failure(validate())).toMatchObject({ message: expect.stringContaining('another shape') })
  })

  test.each(['<html>', '{}', '[{"email":"lena.park@acme.test"}]'])(
    'with no list of users (%s): nothing is decided',
    async (text) => {
      account.answerWith('/v1/users', text)
      expect(await failure(validate())).toMatchObject({ message: expect.stringContaining('another shape') })
    },
  )

  test('with a completed training that has no date: nothing is decided', async () => {
    account.enrollments.push({ ...passed, completedAt: null })
    expect(await failure(validate())).toMatchObject({ message: expect.stringContaining('without a date') })
  })

  test('page after page for ever: the deadline ends it', async () => {
    const endless = JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ id: i, email: `p${i}@acme.test` })))
    account.answerWith('/v1/users', endless)
    expect(await failure(validate(world({}, { signal: AbortSignal.timeout(300) })))).toBeInstanceOf(Error)
  })
})

describe('the settings', () => {
  const sound = { KNOWBE4_TOKEN: 'kb-token', KNOWBE4_TRAINING: 'Security Basics' }

  test('left out switch it off, and half of them are refused', () => {
    expect(readSettings(config, {})).toEqual({ absent: true })
    expect(readSettings(config, { KNOWBE4_TOKEN: 'kb-token' })).toMatchObject({
      problems: [{ setting: 'KNOWBE4_TRAINING' }],
    })
  })

  test.each([
    { KNOWBE4_TRAINING: '{"crm"' },
    { KNOWBE4_TRAINING: '{}' },
    { KNOWBE4_TRAINING: '{"crm": ""}' },
    { KNOWBE4_REGION: 'mars' },
    { KNOWBE4_MAX_AGE_DAYS: '0' },
    { KNOWBE4_MAX_AGE_DAYS: 'year' },
    { KNOWBE4_BASE_URL: 'http://kb.test' },
  ])('%j are refused', (wrong) => {
    expect(readSettings(config, { ...sound, ...wrong })).toMatchObject({
      problems: [{ setting: Object.keys(wrong)[0] }],
    })
  })

  test('have the token marked as a secret', () => {
    const read = readSettings(config, sound)
    if (!('value' in read)) throw new Error('refused')
    expect(secretsOf(config, read.value)).toEqual(['kb-token'])
  })

  test('choose the host by region', () => {
    const [us, eu] = ['us', 'eu'].map((KNOWBE4_REGION) => config.parse({ ...sound, KNOWBE4_REGION }))
    if (!us || !eu) throw new Error('refused')
    expect([makeApiUrl(us), makeTrainingUrl(us)]).toEqual([
      'https://us.api.knowbe4.com',
      'https://training.knowbe4.com',
    ])
    expect([makeApiUrl(eu), makeTrainingUrl(eu)]).toEqual(['https://eu.api.knowbe4.com', 'https://eu.knowbe4.com'])
  })
})

describe('the doctor', () => {
  const look = async (settings: Record<string, string> = {}) => {
    const { client, config } = world(settings)
    return knowbe4.doctor?.({ client, config, fetch, file: async () => '' })
  }

  test('finds a token that is taken, one that is not, and nobody there', async () => {
    expect(await look()).toMatchObject([{ status: 'ok' }])
    expect(await look({ KNOWBE4_TOKEN: 'wrong' })).toMatchObject([
      { status: 'problem', detail: 'KnowBe4 answered 401' },
    ])
    expect(await look({ KNOWBE4_BASE_URL: 'http://127.0.0.1:9' })).toMatchObject([{ status: 'problem' }])
  })
})

test('an answer as the docs show it is read', () => {
  const { config } = world()
  expect(judgeTraining({ training: 'Security Basics', enrollments: recorded, config, now })).toEqual({
    answer: 'accept',
  })
})

/** developer.knowbe4.com/rest/reporting: users and enrollments, as their samples show them. */
const documented = {
  user: z.object({
    id: z.number(),
    first_name: z.string(),
    last_name: z.string(),
    email: z.string(),
    status: z.enum(['active', 'archived']),
  }),
  enrollment: z.object({
    enrollment_id: z.number(),
    content_type: z.string(),
    module_name: z.string(),
    user: z.object({ id: z.number(), first_name: z.string(), last_name: z.string(), email: z.string() }),
    campaign_name: z.string(),
    enrollment_date: z.iso.datetime(),
    start_date: z.iso.datetime().nullable(),
    completion_date: z.iso.datetime().nullable(),
    status: z.string(),
    time_spent: z.number(),
    policy_acknowledged: z.boolean(),
  }),
}

test('the simulated account answers as KnowBe4’s samples do', async () => {
  account.enrollments.push(passed, open)
  const get = async (path: string) =>
    (await fetch(account.url + path, { headers: { authorization: `Bearer ${account.token}` } })).json()
  documented.user
    .array()
    .length(2)
    .parse(await get('/v1/users'))
  documented.enrollment
    .array()
    .length(2)
    .parse(await get('/v1/training/enrollments'))
  documented.enrollment.array().parse(recorded)
})

describe('a list that is longer than the rate limit lets one question read', () => {
  const people = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: 10_000 + i, email: `p${i}@acme.test` }))
  const limited = { path: '/v1/users', answer: { status: 429, body: '{}' } }
  const usersCalls = () => account.calls.filter(({ path }) => path === '/v1/users').length

  test('is read on where it was: the second question is answered (case 28)', async () => {
    account.users.unshift(...people(500 * 57))
    account.enrollments.push(passed)
    const process = world()
    // The 51st call is refused.
    const end = account.misbehave({ path: '/v1/users', delayMs: 0, times: 50 })
    account.misbehave(limited)
    expect(await failure(validate(process))).toBeInstanceOf(Error)
    expect(usersCalls()).toBe(51)
    end()
    account.calm()
    expect(await validate(process)).toEqual({ answer: 'accept' })
    expect(usersCalls()).toBe(51 + 8)
  })

  test('does not cost the whole list for each unknown e-mail, and finds who was added since', async () => {
    account.users.unshift(...people(1_200))
    account.enrollments.push({ ...passed, userId: 4 })
    const process = world()
    const asks = (email: string) => ({ ...process, request: { ...lenaAsks, subject: { ...lenaAsks.subject, email } } })
    expect(await validate(asks('new.comer@acme.test'))).toMatchObject({ answer: 'reject' })
    expect(usersCalls()).toBe(3)
    account.users.push({ id: 4, email: 'new.comer@acme.test' })
    expect(await validate(asks('new.comer@acme.test'))).toEqual({ answer: 'accept' })
    expect(usersCalls()).toBe(4)
  })

  test('has users without an e-mail, who spoil nothing', async () => {
    account.enrollments.push(passed)
    account.answerWith('/v1/users', JSON.stringify([null, { id: 1, email: null }, lena]))
    expect(await validate()).toEqual({ answer: 'accept' })
  })
})
