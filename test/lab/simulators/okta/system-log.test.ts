import { expect, test } from 'vitest'
import { isJsonObject } from '../../../../lab/simulators/values.ts'
import type { JsonAnswer } from '../../../support/json-client.ts'
import { LENA, oktaWithClient } from '../../../support/tenant-clients.ts'

const types = ({ body }: JsonAnswer) =>
  Array.isArray(body) ? body.map((event) => (isJsonObject(event) ? event.eventType : undefined)) : []

const next = ({ headers }: JsonAnswer, url: string) =>
  /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]?.slice(url.length)

const event = (eventType: string, published: string) => ({ eventType, published, target: [] })

test('polling goes by the order of writing and always has a next page', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const now = Date.now()
  okta.emit(event('user.session.start', new Date(now).toISOString()))
  okta.emit(event('user.session.end', new Date(now - 60_000).toISOString()))
  const first = await call('GET', '/api/v1/logs?limit=10')
  const empty = await call('GET', next(first, okta.url) ?? '')
  okta.users.transition(LENA.id, 'suspend')
  const later = await call('GET', next(empty, okta.url) ?? '')

  expect(types(first)).toEqual(['user.session.start', 'user.session.end'])
  expect(types(empty)).toEqual([])
  expect(types(later)).toEqual(['user.lifecycle.suspend'])
})

test('a bounded query goes by published and ends', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const now = Date.now()
  const at = (offsetMs: number) => new Date(now + offsetMs).toISOString()
  okta.emit(event('user.session.start', at(-1000)))
  okta.emit(event('user.session.end', at(-5000)))
  const page = await call('GET', `/api/v1/logs?since=${at(-9000)}&until=${at(0)}&limit=1`)
  const last = await call('GET', next(page, okta.url) ?? '')

  expect(types(page)).toEqual(['user.session.end'])
  expect(types(last)).toEqual(['user.session.start'])
  expect(next(last, okta.url)).toBeUndefined()
})

test('filters know event types and targets, but not published', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  okta.users.transition(LENA.id, 'suspend')
  okta.emit(event('user.session.start', new Date().toISOString()))
  const byTarget = await call('GET', `/api/v1/logs?filter=target.id eq "${LENA.id}"`)
  const byTypes = await call(
    'GET',
    '/api/v1/logs?filter=eventType eq "user.session.start" or eventType eq "user.lifecycle.suspend"',
  )
  const byDate = await call('GET', '/api/v1/logs?filter=published gt "2026-01-01T00:00:00Z"')

  expect(types(byTarget)).toEqual(['user.lifecycle.suspend'])
  expect(types(byTypes)).toHaveLength(2)
  expect(byDate.status).toBe(400)
})

test('a since of more than 180 days ago is E0000053', async () => {
  const { okta, call } = await oktaWithClient()
  await using _ = okta
  const answer = await call('GET', '/api/v1/logs?since=2001-01-01T00:00:00Z')

  expect(answer).toMatchObject({ status: 400, body: { errorCode: 'E0000053' } })
})
