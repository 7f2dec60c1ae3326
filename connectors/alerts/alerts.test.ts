import { createServer, type IncomingHttpHeaders } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { afterEach, expect, test } from 'vitest'
import { readSettings, secretsOf } from '../../src/core/settings.ts'
import type { Event } from '../../src/index.ts'
import { CredentialError, PermanentError, RetryAfterError } from '../../src/index.ts'
import { makeHttpClient } from '../../src/outbound/http.ts'
import fixture from './fixtures/connector-paused.json' with { type: 'json' }
import alerts, { config } from './index.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const event: Event<'hub.alert.connector_paused'> = {
  ...fixture,
  type: 'hub.alert.connector_paused',
  data: { ...fixture.data, state: 'open' },
}
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

let close = () => {}
afterEach(() => close())

/** A receiver that answers with these, in turn, and what it got. */
async function receiver(status: number, headers: Record<string, string> = {}) {
  const got: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    got.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(status, headers).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => void server.close()
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/alerts`, got }
}

async function send(url: string): Promise<void> {
  const signal = new AbortController().signal
  const http = makeHttpClient({ timeoutSeconds: 2, clock: { now: () => new Date() } })({
    signal,
    idempotencyKey: 'dlv_1',
  })
  const parsed = config.parse({ HUB_ALERT_URL: url, HUB_ALERT_SECRET: secret })
  const context = { client: undefined, config: parsed, http, signal, attempt: 1, idempotencyKey: 'dlv_1', log }
  await alerts.on?.['hub.alert.*']?.({ ...context, now: () => new Date(), event })
}

test('a receiver with the secret verifies the message, and reads type, time and facts', async () => {
  const { url, got } = await receiver(204)
  await send(url)
  const [message] = got
  const read = new Webhook(secret).verify(message?.body ?? '', message?.headers as Record<string, string>)
  expect(read).toEqual({
    type: 'hub.alert.connector_paused',
    timestamp: '2026-05-14T08:30:01.982Z',
    data: fixture.data,
  })
  expect(message?.headers['webhook-id']).toBe(fixture.id)
})

test('a receiver with another secret refuses the message', async () => {
  const { url, got } = await receiver(204)
  await send(url)
  const other = new Webhook(`whsec_${Buffer.alloc(32, 8).toString('base64')}`)
  expect(() => other.verify(got[0]?.body ?? '', got[0]?.headers as Record<string, string>)).toThrow(/signature/)
})

test.each([
  { status: 400, thrown: PermanentError },
  { status: 401, thrown: CredentialError },
  { status: 500, thrown: Error },
])('an answer $status is what the hub makes of it', async ({ status, thrown }) => {
  const { url } = await receiver(status)
  await expect(send(url)).rejects.toThrow(thrown)
})

test('a receiver may say when to come back', async () => {
  const { url } = await receiver(429, { 'retry-after': '7' })
  await expect(send(url)).rejects.toThrow(RetryAfterError)
})

test('without an address the connector is off, and half of it is refused', () => {
  expect(readSettings(config, {})).toEqual({ absent: true })
  expect(readSettings(config, { HUB_ALERT_URL: 'https://alerts.acme.test/in' })).toMatchObject({
    problems: [{ setting: 'HUB_ALERT_SECRET' }],
  })
})

test.each(['plain', 'whsec_short', 'whsec_'])('the secret %s is refused', (given) => {
  const read = readSettings(config, { HUB_ALERT_URL: 'https://alerts.acme.test/in', HUB_ALERT_SECRET: given })
  expect(read).toMatchObject({ problems: [{ setting: 'HUB_ALERT_SECRET' }] })
})

test('the secret is marked as one', () => {
  const read = readSettings(config, { HUB_ALERT_URL: 'https://alerts.acme.test/in', HUB_ALERT_SECRET: secret })
  if (!('value' in read)) throw new Error('refused')
  expect(secretsOf(config, read.value)).toEqual([secret])
})
