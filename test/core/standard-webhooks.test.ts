import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { signingSecret, signWebhook } from '../../src/core/standard-webhooks.ts'

const keys = fc.uint8Array({ minLength: 24, maxLength: 64 })
const secretOf = (key: Uint8Array) => `whsec_${Buffer.from(key).toString('base64')}`

test('the example of the specification has the signature that it states', () => {
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    at: new Date(1_614_265_330_000),
    text: '{"test": 2432232314}',
  }
  expect(signWebhook(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('any message is signed as the reference library signs it, once by each secret', () => {
  const message = fc.record({ id: fc.string(), at: fc.date({ noInvalidDate: true }), text: fc.string() })
  fc.assert(
    fc.property(message, fc.array(keys, { maxLength: 3 }), ({ id, at, text }, given) => {
      const secrets = given.map(secretOf)
      const expected = secrets.map((secret) => new Webhook(secret).sign(id, at, text)).join(' ')
      expect(signWebhook({ id, at, text }, secrets)['webhook-signature']).toBe(expected)
    }),
  )
})

test('24 to 64 bytes in base64 are a signing secret', () => {
  fc.assert(fc.property(keys, (key) => signingSecret.pattern.test(secretOf(key))))
  for (const length of [0, 23, 70]) expect(signingSecret.pattern.test(secretOf(new Uint8Array(length)))).toBe(false)
})
