import { expect, test } from 'vitest'
import { borrowSecret } from '../../src/core/redact.ts'
import { makeTraceparent, readTraceparent } from '../../src/core/trace.ts'
import { describeCall, excerptAnswer } from '../../src/core/vendor-call.ts'

const describe = (url: string, hidden: readonly string[] = []) => describeCall({ method: 'GET', url, hidden })

test('a call is told by method, origin and path, and not by its query', () => {
  expect(describe('https://acme.auth0.com/api/v2/users/auth0%7C1?include=x&token=y')).toBe(
    'GET https://acme.auth0.com/api/v2/users/auth0|1',
  )
})

test.each([
  'https://api.example/users/lena.park@acme.test/roles',
  'https://api.example/users/lena.park%40acme.test/roles',
  'https://api.example/users/Lena+x%2540acme.test/roles',
])('an e-mail in a path is hidden: %s', (url) => {
  expect(describe(url)).toMatch(/\/users\/\[e-mail\]\/roles$/)
})

test('a path that stands in a setting is hidden: it may be the secret of an incoming webhook', () => {
  const address = 'https://hooks.example/services/T0/B0/verysecretpart'
  expect(describe(address, [address])).toBe('GET https://hooks.example/…')
  expect(describe(`${address}/more`, [address])).toBe('GET https://hooks.example/…/more')
})

test('the beginning of an answer is one line, without secrets, credentials and e-mails', () => {
  borrowSecret('a-token-that-was-got')
  const said = excerptAnswer('{\n "error": "for lena@acme.test: Bearer abcdef, a-token-that-was-got"}')
  expect(said).toBe('{ "error": "for [e-mail]: Bearer [redacted], [redacted]"}')
  expect(excerptAnswer('x'.repeat(5_000))).toHaveLength(200)
})

test('a secret that begins within the first 200 characters of an answer is hidden though its end is beyond', () => {
  const token = 'another-token-that-was-got-at-run-time'
  borrowSecret(token)
  expect(excerptAnswer(`${'x'.repeat(180)} ${token}`)).not.toContain('another-token')
})

test('a trace is read from a valid header alone', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736'
  expect(readTraceparent(makeTraceparent(id))).toBe(id)
  expect(readTraceparent(`cc-${id}-00f067aa0ba902b7-01-what-a-later-version-adds`)).toBe(id)
  for (const wrong of [
    undefined,
    `ff-${id}-00f067aa0ba902b7-01`,
    `00-${id}-00f067aa0ba902b7-01-x`,
    `00-${id}-${'0'.repeat(16)}-01`,
    `00-${id.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${id}-00f067aa0ba902b7`,
  ]) {
    expect(readTraceparent(wrong)).toBeNull()
  }
})
