import { describe, expect, test } from 'vitest'
import { readVendorLimit } from '../../src/core/vendor-limit.ts'

const date = 'Sat, 01 Aug 2026 10:00:00 GMT'
const now = Date.parse(date) / 1000

const read = (headers: Record<string, string>, { status = 200, url = 'https://vendor.test/api/v1/users/1' } = {}) =>
  readVendorLimit({ url, status, headers: { date, ...headers } })

describe('what a vendor says of its limit', () => {
  test('Okta counts by the minute, whatever is left of it', () => {
    const said = { 'x-rate-limit-limit': '600', 'x-rate-limit-remaining': '12', 'x-rate-limit-reset': String(now + 20) }
    expect(read(said).seen).toEqual({ limit: 600, left: 12, windowSeconds: 60, resetSeconds: 20 })
  })

  test('of others the reset names the window, a second at least and an hour at most', () => {
    const said = (reset: number) => ({
      'x-ratelimit-limit': '50',
      'x-ratelimit-remaining': '9',
      'x-ratelimit-reset': `${reset}`,
    })
    expect(read(said(now)).seen).toMatchObject({ windowSeconds: 1, resetSeconds: 1 })
    expect(read(said(now + 1800)).seen).toMatchObject({ windowSeconds: 1800, resetSeconds: 1800 })
    expect(read(said(now + 90_000)).seen).toMatchObject({ windowSeconds: 3600, resetSeconds: 3600 })
  })

  test.each([
    ['nothing', {}],
    ['half of it', { 'x-ratelimit-limit': '50' }],
    ['no number', { 'x-ratelimit-limit': 'many', 'x-ratelimit-remaining': 'some' }],
    ['an empty text', { 'x-ratelimit-limit': '50', 'x-ratelimit-remaining': '' }],
    ['a limit of nothing', { 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0' }],
  ])('%s is no limit', (_what, headers) => {
    expect(read(headers).seen).toBeNull()
  })
})

test.each([
  ['as long as it says', { 'retry-after': '7' }, 7],
  ['a second where it says nothing', {}, 1],
  ['five minutes at most', { 'retry-after': '86400' }, 300],
])('a refusal holds %s', (_how, headers, seconds) => {
  expect(read(headers, { status: 429 }).emptiedSeconds).toBe(seconds)
})

test('an answer that is no refusal empties nothing', () => {
  expect(read({ 'retry-after': '7' }, { status: 503 }).emptiedSeconds).toBeNull()
})

test('an id in the path makes no other kind of call', () => {
  const kind = (path: string) => read({}, { url: `https://vendor.test${path}` }).kind
  expect(kind('/api/v1/users/1')).toBe(kind('/api/v1/users/2'))
  expect(kind('/api/v1/users/1')).not.toBe(kind('/api/v1/users/1/sessions'))
})
