import { expect, test } from 'vitest'
import { redact, redactText } from '../../src/core/redact.ts'

test('values under a secret’s name are hidden at any depth', () => {
  const facts = { headers: { Authorization: 'Bearer x', accept: 'json' }, list: [{ client_secret: 's' }] }
  expect(redact(facts)).toEqual({
    headers: { Authorization: '[redacted]', accept: 'json' },
    list: [{ client_secret: '[redacted]' }],
  })
})

test('a configured secret is hidden inside any text', () => {
  expect(redact({ message: 'sent the-s3cret to x' }, ['the-s3cret'])).toEqual({ message: 'sent [redacted] to x' })
  expect(redactText('a', [''])).toBe('a')
})

test('a secret of fewer than eight characters is not looked for: it would blot out words', () => {
  expect(redact({ message: 'the platform asks' }, ['plat'])).toEqual({ message: 'the platform asks' })
})
