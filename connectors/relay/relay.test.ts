import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RelayReceiver, startRelayReceiver } from '../../lab/simulators/relay/server.ts'
import { readSettings, secretsOf } from '../../src/core/settings.ts'
import type { Event } from '../../src/index.ts'
import { CredentialError, PermanentError, RetryAfterError, TimeoutError } from '../../src/index.ts'
import { handlerContext } from '../../test/support/handler-context.ts'
import { config } from './config.ts'
import granted from './fixtures/access-granted.json' with { type: 'json' }
import provision from './fixtures/access-provision.json' with { type: 'json' }
import relay from './index.ts'

const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`
const [older, newer, foreign] = [secretOf(1), secretOf(2), secretOf(3)] as const
const email = 'lena.park@acme.test'

let receiver: RelayReceiver
beforeEach(async () => {
  receiver = await startRelayReceiver({ secrets: [newer] })
})
afterEach(() => receiver.close())

type Given = NonNullable<Parameters<typeof handlerContext>[2]>

const asked = (settings: Record<string, string> = {}, given: Given = {}) =>
  handlerContext(config, { RELAY_URL: receiver.url, RELAY_SECRETS: newer, ...settings }, given)

const failure = (work: unknown) =>
  Promise.resolve(work).then(
    () => null,
    (thrown: unknown) => thrown,
  )

describe('a request', () => {
  test('reaches the endpoint whole, as the README says it looks', async () => {
    await relay.provision?.(asked())
    expect(receiver.access.of(email)).toEqual(['crm-billing'])
    const [message] = receiver.messages
    expect(message?.body).toEqual({ ...provision, timestamp: expect.any(String) })
    expect(message?.id).toBe('dlv_1_provision')
  })

  test('that is sent again bears the same id, and is done once', async () => {
    for (const attempt of [1, 2]) await relay.provision?.(asked({}, { attempt }))
    expect(receiver.messages.map(({ id }) => id)).toEqual(['dlv_1_provision', 'dlv_1_provision'])
    expect(receiver.access.acts()).toBe(1)
  })

  test('whose answer was lost is done once, and the next attempt learns so', async () => {
    receiver.misbehave({ cut: 'after', times: 1 })
    expect(await failure(relay.provision?.(asked()))).toBeInstanceOf(Error)
    await relay.provision?.(asked({}, { attempt: 2 }))
    expect(receiver.access.acts()).toBe(1)
    expect(receiver.access.of(email)).toEqual(['crm-billing'])
  })

  test('that takes away what the same delivery gave is no repetition of it', async () => {
    await relay.provision?.(asked())
    await relay.deprovision?.(asked())
    expect(receiver.access.of(email)).toEqual([])
  })

  test('about somebody whom the authority does not know goes out with no person', async () => {
    await relay.deprovision?.({ ...asked(), person: null })
    expect(receiver.messages[0]?.body.data).toMatchObject({ subject: { email }, person: null })
  })

  test('that is only a question names nobody at the authority', async () => {
    const { person: _nobody, ...question } = asked()
    await relay.validate?.(question)
    expect(receiver.messages[0]?.body.data).not.toHaveProperty('person')
  })
})

describe('the signature', () => {
  test('is by every secret, so that an endpoint with either takes the message', async () => {
    for (const secret of [older, newer]) {
      receiver.take([secret])
      await relay.provision?.(asked({ RELAY_SECRETS: `${newer}, ${older}` }))
    }
    expect(receiver.messages).toHaveLength(2)
  })

  test('by no secret that the endpoint takes pauses the connector', async () => {
    receiver.take([foreign])
    expect(await failure(relay.provision?.(asked()))).toBeInstanceOf(CredentialError)
    expect(receiver.access.acts()).toBe(0)
  })

  test('that is too old is refused by the endpoint', async () => {
    const now = new Date(Date.now() - 3_600_000)
    expect(await failure(relay.provision?.(asked({}, { now })))).toBeInstanceOf(CredentialError)
  })
})

describe('a refusal', () => {
  test('carries the endpoint’s reason, in one line of bounded length', async () => {
    receiver.answerWith('access.provision', {
      status: 422,
      body: { reason: ` No seat\n\u0007is left. ${'x'.repeat(900)}` },
    })
    const thrown = await failure(relay.provision?.(asked()))
    expect(thrown).toBeInstanceOf(PermanentError)
    const { message } = thrown as Error
    expect(message).toMatch(/^No seat is left\. x+…$/)
    expect(message).toHaveLength(500)
  })

  test.each([{ reason: '' }, { reason: 7 }, 'text', undefined, ['No']].map((body) => ({ body })))(
    'without a reason ($body) names the status',
    async ({ body }) => {
      receiver.answerWith('access.provision', { status: 409, body })
      const thrown = await failure(relay.provision?.(asked()))
      expect(thrown).toBeInstanceOf(PermanentError)
      expect((thrown as Error).message).toMatch(/answered 409$/)
    },
  )

  test('for now says when to come back', async () => {
    receiver.misbehave({ status: 429, resetSeconds: 7 })
    expect(await failure(relay.provision?.(asked()))).toMatchObject({ name: 'RetryAfterError', retryAfterSeconds: 7 })
    expect(await failure(relay.provision?.(asked()))).toBeInstanceOf(RetryAfterError)
  })

  test.each([{ status: 500 }, { cut: 'before' as const }])('by a fault (%j) is weather', async (rule) => {
    receiver.misbehave(rule)
    const thrown = await failure(relay.provision?.(asked()))
    expect(thrown).toBeInstanceOf(Error)
    expect(thrown).not.toBeInstanceOf(PermanentError)
    expect(thrown).not.toBeInstanceOf(CredentialError)
  })

  test('by silence ends at the outbound limit', async () => {
    receiver.misbehave({ delayMs: 3_000 })
    expect(await failure(relay.provision?.(asked()))).toBeInstanceOf(TimeoutError)
  })
})

describe('the answer to a question', () => {
  test('to validate is the endpoint’s, with its message', async () => {
    expect(await relay.validate?.(asked())).toEqual({ answer: 'accept' })
    receiver.access.reject(email, 'Sign the agreement first.')
    expect(await relay.validate?.(asked())).toEqual({ answer: 'reject', message: 'Sign the agreement first.' })
  })

  test('to preapprove is the endpoint’s, with its reason', async () => {
    expect(await relay.preapprove?.(asked())).toEqual({ answer: 'needs_approval', reason: 'By policy.' })
    receiver.answerWith('access.preapprove', { status: 200, body: { answer: 'approve' } })
    expect(await relay.preapprove?.(asked())).toEqual({ answer: 'approve' })
  })

  const malformed = [
    undefined,
    null,
    'accept',
    true,
    [],
    {},
    { answer: 'Accept' },
    { answer: 'yes' },
    { answer: 'reject' },
    { answer: 'reject', message: ' \n' },
    { answer: 'needs_approval' },
    { answer: ['accept'] },
  ]

  test.each(malformed.map((body) => ({ body })))('that is none ($body) decides nothing', async ({ body }) => {
    for (const type of ['access.validate', 'access.preapprove']) receiver.answerWith(type, { status: 200, body })
    expect(await failure(relay.validate?.(asked()))).toMatchObject({
      message: expect.stringContaining('access.validate'),
    })
    expect(await failure(relay.preapprove?.(asked()))).toMatchObject({
      message: expect.stringContaining('access.preapprove'),
    })
  })

  test('that is a refusal by status decides nothing either', async () => {
    receiver.answerWith('access.validate', { status: 403, body: { reason: 'Not today.' } })
    expect(await failure(relay.validate?.(asked()))).toBeInstanceOf(PermanentError)
  })
})

describe('what somebody has', () => {
  const asks = { RELAY_ASKS_HAS: 'true' }

  test('is not asked for, and not claimed, unless the configuration says that the endpoint can tell', async () => {
    expect(await relay.has?.(asked())).toBeNull()
    expect(receiver.messages).toEqual([])
  })

  test('is read back, of what was asked for', async () => {
    const look = (state: string) => ({ sights: [expect.objectContaining({ target: 'crm-billing', state })] })
    expect(await relay.has?.(asked(asks))).toEqual(look('gone'))
    await relay.provision?.(asked(asks))
    receiver.answerWith('access.has', { status: 200, body: { targets: ['crm-billing', 'erp-admin'] } })
    expect(await relay.has?.(asked(asks))).toEqual(look('had'))
    receiver.answerWith('access.has', { status: 200, body: { targets: [7, 'crm-billing'] } })
    expect(await relay.has?.(asked(asks))).toEqual(look('had'))
    receiver.answerWith('access.has', { status: 200, body: { targets: [7, 'erp-admin'] } })
    expect(await relay.has?.(asked(asks))).toEqual(look('unknown'))
  })

  test('is asked for anew each time: no two questions bear one id', async () => {
    await relay.has?.(asked(asks, { now: new Date(Date.now() - 1_000) }))
    await relay.has?.(asked(asks))
    expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(2)
  })

  test.each([undefined, {}, { targets: 'crm-billing' }, { targets: [1] }])(
    'is unknown when the answer is none: %j',
    async (body) => {
      receiver.answerWith('access.has', { status: 200, body })
      expect(await failure(relay.has?.(asked(asks)))).toMatchObject({ message: expect.stringContaining('access.has') })
    },
  )
})

describe('an event', () => {
  const event = { ...granted, type: 'hub.access.granted' } as Event

  test('goes out as it is, with the delivery for its id', async () => {
    await relay.on?.['*']?.({ ...asked(), event })
    expect(receiver.messages).toEqual([
      {
        id: 'dlv_1',
        type: 'hub.access.granted',
        body: { type: 'hub.access.granted', timestamp: '2026-05-14T08:30:01.982Z', data: granted.data },
      },
    ])
  })

  test('is heard only if the configuration names it', () => {
    const heard = (settings: Record<string, string>) =>
      relay.hears?.({ config: asked(settings).config, type: 'hub.access.granted' })
    expect(heard({})).toBe(false)
    expect(heard({ RELAY_EVENTS: 'user.*' })).toBe(false)
    expect(heard({ RELAY_EVENTS: 'user.*, hub.access.*' })).toBe(true)
  })
})

describe('the settings', () => {
  const settings = { RELAY_URL: 'https://relay.acme.test/hub', RELAY_SECRETS: `${newer},${older}` }

  test('left out switch it off, and half of them are refused', () => {
    expect(readSettings(config, {})).toEqual({ absent: true })
    expect(readSettings(config, { RELAY_URL: settings.RELAY_URL })).toMatchObject({
      problems: [{ setting: 'RELAY_SECRETS' }],
    })
  })

  test.each(['plain', ',', 'whsec_short', `${newer},plain`])('with the secrets %s are refused', (RELAY_SECRETS) => {
    const read = readSettings(config, { ...settings, RELAY_SECRETS })
    expect(read).toMatchObject({ problems: [{ setting: 'RELAY_SECRETS' }] })
    expect(JSON.stringify(read)).not.toContain(newer)
  })

  test('have the secrets marked, each by itself', () => {
    const read = readSettings(config, settings)
    if (!('value' in read)) throw new Error('refused')
    expect(secretsOf(config, read.value)).toEqual([newer, older])
  })

  test('are read with another prefix for a second relay', () => {
    const environment = { RELAY_CRM_URL: settings.RELAY_URL, RELAY_CRM_SECRETS: newer }
    expect(readSettings(config, environment, { from: 'RELAY_', to: 'RELAY_CRM_' })).toMatchObject({
      value: { RELAY_URL: settings.RELAY_URL },
    })
  })

  test('of an unfinished rotation, and of nothing to grant, are a warning of the doctor’s', async () => {
    const read = config.parse(settings)
    const checks = await relay.doctor?.({ client: undefined, config: read, fetch, file: async () => '' })
    expect(checks?.map(({ status }) => status)).toEqual(['warning', 'warning'])
    const sound = config.parse({ ...settings, RELAY_SECRETS: newer, RELAY_GRANTS: '{"crm":"crm-user"}' })
    const again = await relay.doctor?.({ client: undefined, config: sound, fetch, file: async () => '' })
    expect(again?.map(({ status }) => status)).toEqual(['ok', 'ok'])
  })

  test('say what may be granted there, and nothing by default', () => {
    expect(relay.grants?.({ config: config.parse(settings) })).toEqual({})
    const RELAY_GRANTS = '{"crm":{"billing":"crm-billing"}}'
    expect(relay.grants?.({ config: config.parse({ ...settings, RELAY_GRANTS }) })).toEqual({
      crm: { billing: 'crm-billing' },
    })
  })
})
