import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type SlackWorkspace, startSlackWorkspace } from '../../lab/simulators/slack/server.ts'
import { readSettings, secretsOf } from '../../src/core/settings.ts'
import { makeClientTokens } from '../../src/host/client-tokens.ts'
import type { Event } from '../../src/index.ts'
import { CredentialError, PermanentError, RetryAfterError, TimeoutError } from '../../src/index.ts'
import { makeLimitedFetch } from '../../src/outbound/limited-fetch.ts'
import { handlerContext } from '../../test/support/handler-context.ts'
import { config } from './config.ts'
import granted from './fixtures/access-granted.json' with { type: 'json' }
import answers from './fixtures/answers.json' with { type: 'json' }
import slack from './index.ts'
import { writeChannelText } from './text.ts'

const channel = 'C0EXAMPLE01'
const lena = { id: 'U0EXAMPLELENA', email: 'lena.park@acme.test', name: 'Lena Park' }
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const grantedEvent = { ...granted, type: 'hub.access.granted' } as Event

let slackSide: SlackWorkspace
beforeEach(async () => {
  slackSide = await startSlackWorkspace({ users: [lena], channels: [channel] })
})
afterEach(() => slackSide.close())

type Given = NonNullable<Parameters<typeof handlerContext>[2]>

/** The world of one process: its client lives as long as this. */
async function world(settings: Record<string, string> = {}, given: Given = {}) {
  const texts = { SLACK_BOT_TOKEN: slackSide.token, SLACK_CHANNEL: channel, SLACK_BASE_URL: slackSide.url, ...settings }
  const context = handlerContext(config, texts, given)
  const fetch = makeLimitedFetch({ timeoutSeconds: 1 })
  const client = await slack.connect?.({
    id: 'slack',
    config: context.config,
    fetch,
    retry: (read) => read(),
    tokens: makeClientTokens({ id: 'slack' }),
    log,
  })
  if (!client) throw new Error('not connected')
  return { ...context, client }
}

type World = Awaited<ReturnType<typeof world>>

const tell = async (context: World, event: Event = grantedEvent) => slack.on?.['*']?.({ ...context, event })
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
const posts = () => slackSide.workspace.messages

describe('a channel', () => {
  test('is told who was given what, until when, and where the request is', async () => {
    await tell(await world())
    expect(posts()).toHaveLength(1)
    expect(posts()[0]).toMatchObject({ channel })
    expect(posts()[0]?.text.split('\n')).toEqual([
      'Access granted: lena.park@acme.test, CRM: Billing',
      'Until: 2026-05-14T16:30:01.982Z',
      'https://platform.acme.test/tasks/1',
    ])
  })

  test('is told of an alert with its facts', async () => {
    const data = { about: 'auth0', error: 'Auth0 answered 401', person: null, attempts: 3 }
    await tell(await world(), { ...granted, type: 'hub.alert.connector_paused', data } as Event)
    expect(posts()[0]?.text).toBe('hub.alert.connector_paused: auth0\nerror: Auth0 answered 401\nattempts: 3')
  })

  test('is told of an alert what happened, whom it is about, why, what to do and what to type', async () => {
    const words = {
      what: 'auth0 is paused.',
      why: 'It answered 401.',
      fix: 'Mend it.',
      command: 'npm run hub -- doctor',
    }
    const data = { about: 'auth0', whom: '<!channel> lena', delivery: 'dlv_1', ...words }
    await tell(await world(), {
      ...granted,
      type: 'hub.alert.connector_paused',
      data: { ...data, state: 'open' },
    } as Event)
    const head = 'auth0 is paused.\nWhom: &lt;!channel&gt; lena\nWhy: It answered 401.'
    expect(posts()[0]?.text).toBe(`hub.alert.connector_paused: ${head}\nDo: Mend it.\nType: npm run hub -- doctor`)
    await tell(await world(), { ...granted, type: 'hub.alert.resolved', data: { ...data, state: 'resolved' } } as Event)
    expect(posts().at(-1)?.text).toBe(`hub.alert.resolved: ${head}`)
  })

  test('is told of a vendor’s event whom it is about, and not what is in it', async () => {
    const data = { target: [{ alternateId: lena.email }], debugContext: { token: 'hidden-in-here' } }
    await tell(await world(), { ...granted, type: 'user.lifecycle.suspend', data } as Event)
    expect(posts()[0]?.text).toMatch(/^user\.lifecycle\.suspend, lena\.park@acme\.test at /)
    expect(posts()[0]?.text).not.toContain('hidden-in-here')
  })

  test('is not called by a text from outside, nor made to fetch a link', async () => {
    const data = { ...granted.data, reason: '<!channel> & <https://evil.test|click>', taskUrl: 'javascript:alert(1)' }
    await tell(await world(), { ...granted, type: 'hub.access.refused', data } as Event)
    const { text, form } = posts()[0] ?? { text: '', form: {} }
    expect(text).toContain('Why: &lt;!channel&gt; &amp; &lt;https://evil.test|click&gt;')
    expect(text).not.toContain('javascript')
    expect(form).toMatchObject({ mrkdwn: 'false', unfurl_links: 'false', unfurl_media: 'false' })
  })

  test('reads no control character of Slack’s, and no endless text, whatever comes', () => {
    const value = fc.string({ maxLength: 400, unit: 'grapheme' })
    fc.assert(
      fc.property(value, value, fc.dictionary(value, value), (about, type, facts) => {
        const event = { ...granted, type: `hub.alert.${type}`, data: { ...facts, about } } as Event
        const text = writeChannelText(event)
        expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
        expect(text.length).toBeLessThan(40_000)
      }),
    )
  })
})

describe('a person', () => {
  const own = { SLACK_TELL_PERSON: 'true' }

  test('is told of access of their own, beside the channel', async () => {
    await tell(await world(own))
    expect(posts().map((post) => post.channel)).toEqual([channel, lena.id])
    expect(posts()[1]?.text).toMatch(/^Your access\. Access granted/)
  })

  test('is told alone where no channel is set', async () => {
    const { SLACK_CHANNEL: _channel, ...alone } = (await world(own)).config
    await tell({ ...(await world(own)), config: alone })
    expect(posts().map((post) => post.channel)).toEqual([lena.id])
  })

  test('who is not in Slack keeps nobody waiting', async () => {
    const data = { ...granted.data, email: 'nobody@acme.test' }
    await tell(await world(own), { ...granted, type: 'hub.access.ended', data } as Event)
    expect(posts().map((post) => post.channel)).toEqual([channel])
  })

  test('is told of nothing but access', async () => {
    await tell(await world(own), {
      ...granted,
      type: 'hub.alert.stuck',
      data: { about: lena.email },
    } as Event)
    expect(posts().map((post) => post.channel)).toEqual([channel])
  })
})

describe('a delivery that is tried again', () => {
  test('posts only what was not posted before, in one process', async () => {
    const process = await world({ SLACK_TELL_PERSON: 'true' })
    slackSide.misbehave({ path: '/api/users.lookupByEmail', status: 500, times: 1 })
    expect(await failure(tell(process))).toBeInstanceOf(Error)
    await tell({ ...process, attempt: 2 })
    expect(posts().map((post) => post.channel)).toEqual([channel, lena.id])
  })

  test('is another than the next one: what happens twice is told twice', async () => {
    const process = await world()
    await tell(process)
    await tell({ ...process, idempotencyKey: 'dlv_2' })
    expect(posts()).toHaveLength(2)
  })

  test('posts a second time when Slack’s answer was lost: at least once, as the README says', async () => {
    const process = await world()
    slackSide.misbehave({ cut: 'after', times: 1 })
    expect(await failure(tell(process))).toBeInstanceOf(Error)
    await tell(process)
    expect(posts()).toHaveLength(2)
  })
})

describe('what Slack answers', () => {
  test.each(['invalid_auth', 'token_expired', 'account_inactive', 'not_authed'])(
    '%s pauses the connector',
    async (error) => {
      slackSide.workspace.answerWith('chat.postMessage', { error })
      expect(await failure(tell(await world()))).toBeInstanceOf(CredentialError)
    },
  )

  test('a revoked token pauses the connector, and the token is not in what is said', async () => {
    slackSide.workspace.revoke()
    const thrown = await failure(tell(await world()))
    expect(thrown).toBeInstanceOf(CredentialError)
    expect(String(thrown)).toBe('CredentialError: Slack refused: token_revoked')
  })

  test('a missing scope is a missing right of that call, and is named', async () => {
    slackSide.workspace.scopes.splice(0)
    expect(await failure(tell(await world()))).toMatchObject({
      name: 'ObjectRefusedError',
      message: 'Slack refused: missing_scope. The app needs the scope chat:write.',
    })
  })

  test('an unknown channel ends the delivery, with what to do', async () => {
    const thrown = await failure(tell(await world({ SLACK_CHANNEL: 'C0ANOTHER01' })))
    expect(thrown).toBeInstanceOf(PermanentError)
    expect(String(thrown)).toContain('invite the app')
  })

  test('a rate limit says when to come back, and is not waited for here', async () => {
    slackSide.misbehave({ status: 429, resetSeconds: 17, times: 1 })
    const startedAt = performance.now()
    expect(await failure(tell(await world()))).toMatchObject({ name: 'RetryAfterError', retryAfterSeconds: 17 })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(slackSide.calls).toHaveLength(1)
  })

  test('a rate limit within a 200 is one too', async () => {
    slackSide.workspace.answerWith('chat.postMessage', { error: 'ratelimited' })
    expect(await failure(tell(await world()))).toBeInstanceOf(RetryAfterError)
  })

  test.each([{ status: 500 }, { status: 503 }, { cut: 'before' as const }, { cut: 'midway' as const }])(
    'a fault (%j) is weather, tried once here',
    async (rule) => {
      slackSide.misbehave(rule)
      const thrown = await failure(tell(await world()))
      expect(thrown).toBeInstanceOf(Error)
      expect([PermanentError, CredentialError, RetryAfterError].some((kind) => thrown instanceof kind)).toBe(false)
      expect(slackSide.calls).toHaveLength(1)
    },
  )

  test.each(['internal_error', 'fatal_error'])('%s is weather', async (error) => {
    slackSide.workspace.answerWith('chat.postMessage', { error })
    expect(await failure(tell(await world()))).not.toBeInstanceOf(PermanentError)
  })

  test.each(['<html>', '', '[]', '{}', '"ok"', '{"ok":"yes"', '{"ok":false}'])(
    '%s is no answer, and weather',
    async (text) => {
      slackSide.workspace.answerWith('chat.postMessage', { text })
      const thrown = await failure(tell(await world()))
      expect(thrown).toBeInstanceOf(Error)
      expect(thrown).not.toBeInstanceOf(PermanentError)
    },
  )

  test('silence ends at the outbound limit', async () => {
    slackSide.misbehave({ delayMs: 2_500 })
    expect(await failure(tell(await world()))).toBeInstanceOf(TimeoutError)
  })

  test('the run’s end ends the call', async () => {
    slackSide.misbehave({ delayMs: 900 })
    const startedAt = performance.now()
    const thrown = await failure(tell(await world({}, { signal: AbortSignal.timeout(100) })))
    expect(thrown).toBeInstanceOf(Error)
    expect(performance.now() - startedAt).toBeLessThan(850)
  })
})

describe('the settings', () => {
  const sound = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_CHANNEL: channel }

  test('left out switch it off; a token with nobody to tell is refused', () => {
    expect(readSettings(config, {})).toEqual({ absent: true })
    expect(readSettings(config, { SLACK_BOT_TOKEN: 'xoxb-1' })).toMatchObject({
      problems: [{ setting: 'SLACK_CHANNEL' }],
    })
    expect(readSettings(config, { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_TELL_PERSON: 'true' })).toHaveProperty('value')
  })

  test.each([
    { SLACK_BOT_TOKEN: 'abc' },
    { SLACK_CHANNEL: '#general' },
    { SLACK_EVENTS: 'hub.**' },
    { SLACK_BASE_URL: 'http://slack.test' },
  ])('%j are refused', (wrong) => {
    expect(readSettings(config, { ...sound, ...wrong })).toMatchObject({
      problems: [{ setting: Object.keys(wrong)[0] }],
    })
  })

  test('have the token marked as a secret', () => {
    const read = readSettings(config, sound)
    if (!('value' in read)) throw new Error('refused')
    expect(secretsOf(config, read.value)).toEqual(['xoxb-1'])
  })

  test('choose what is told: access and alerts, unless said otherwise', () => {
    const hears = (settings: Record<string, string>, type: string) =>
      slack.hears?.({ config: config.parse({ ...sound, ...settings }), type })
    expect(hears({}, 'hub.access.refused')).toBe(true)
    expect(hears({}, 'hub.alert.stuck')).toBe(true)
    expect(hears({}, 'user.lifecycle.suspend')).toBe(false)
    expect(hears({ SLACK_EVENTS: 'user.lifecycle.*' }, 'user.lifecycle.suspend')).toBe(true)
    expect(hears({ SLACK_EVENTS: 'user.lifecycle.*' }, 'hub.alert.stuck')).toBe(false)
  })
})

describe('the doctor', () => {
  const look = async (settings: Record<string, string> = {}) => {
    const { client, config } = await world(settings)
    return slack.doctor?.({ client, config, fetch, file: async () => '' })
  }

  test('finds a token that may do what is needed, and warns of more', async () => {
    expect((await look({ SLACK_TELL_PERSON: 'true' }))?.map(({ status }) => status)).toEqual(['ok', 'ok'])
    expect(await look()).toMatchObject([
      { status: 'ok' },
      { status: 'warning', detail: expect.stringContaining('users:read.email') },
    ])
  })

  test('finds a scope that is missing', async () => {
    slackSide.workspace.scopes.splice(0, 1)
    expect(await look()).toMatchObject([{ status: 'ok' }, { status: 'problem', detail: 'the app lacks chat:write' }])
  })

  test('finds a token that Slack refuses, and posts nothing', async () => {
    slackSide.workspace.revoke()
    expect(await look()).toMatchObject([{ status: 'problem', detail: 'Slack refused: token_revoked' }])
    expect(posts()).toEqual([])
  })
})

/** docs.slack.dev/reference/methods: chat.postMessage, users.lookupByEmail; what the hub reads of their answers. */
const documented = {
  posted: z.object({
    ok: z.literal(true),
    channel: z.string(),
    ts: z.string(),
    message: z.object({ text: z.string() }),
  }),
  found: z.object({ ok: z.literal(true), user: z.object({ id: z.string(), deleted: z.boolean() }) }),
  refused: z.object({ ok: z.literal(false), error: z.string() }),
}

test('the simulated workspace answers as Slack’s docs do', () => {
  const authorization = `Bearer ${slackSide.token}`
  const call = (method: string, form: Record<string, string>) =>
    slackSide.workspace.call({ method, form, authorization })
  documented.posted.parse(call('chat.postMessage', { channel, text: 'Access granted' }))
  documented.found.parse(call('users.lookupByEmail', { email: lena.email }))
  documented.refused.parse(call('chat.postMessage', { channel: 'C0ANOTHER01', text: 'Access granted' }))
  for (const [name, schema] of Object.entries(documented)) schema.parse(answers[name as keyof typeof documented])
})

describe('nobody to be told in person', () => {
  test.each(['users_not_found', 'user_not_found', 'user_not_visible', 'account_not_found'])(
    '%s is no failure: the channel was told (case 32)',
    async (error) => {
      slackSide.workspace.answerWith('users.lookupByEmail', { error })
      expect(await failure(tell(await world({ SLACK_TELL_PERSON: 'true' })))).toBeNull()
    },
  )

  test('a user without an id is nobody (case 32)', async () => {
    slackSide.workspace.answerWith('users.lookupByEmail', { text: '{"ok": true, "user": null}' })
    expect(await failure(tell(await world({ SLACK_TELL_PERSON: 'true' })))).toBeNull()
  })
})
