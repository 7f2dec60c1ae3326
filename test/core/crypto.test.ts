import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmacSha256, matchesAnySecret, sha256, toHex } from '../../src/core/crypto.ts'

test('only a whole and verbatim secret matches', () => {
  for (const wrong of ['', 'old', 'Old-Secret', 'old-secret ', 'old-secretold-secret']) {
    expect(matchesAnySecret(wrong, ['new-secret', 'old-secret'])).toBe(false)
  }
})

test('every secret of a rotation matches', () => {
  expect(matchesAnySecret('new', ['new', 'old'])).toBe(true)
  expect(matchesAnySecret('old', ['new', 'old'])).toBe(true)
})

test('nothing matches an empty list', () => {
  expect(matchesAnySecret('', [])).toBe(false)
})

test('matching agrees with equality', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.array(fc.string()),
      (given, secrets) => matchesAnySecret(given, secrets) === secrets.includes(given),
    ),
  )
})

const bytesOf = (text: string) => new TextEncoder().encode(text)

test('the examples of FIPS 180-4 have the digests that it states', () => {
  expect(toHex(sha256(bytesOf('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(toHex(sha256(bytesOf('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')))).toBe(
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
})

test('any bytes have the digest that WebCrypto gives them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (message) => {
      const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(message))
      expect(toHex(sha256(message))).toBe(toHex(new Uint8Array(digest)))
    }),
  )
})

test('the second example of RFC 4231 has the code that it states', () => {
  expect(toHex(hmacSha256('Jefe', bytesOf('what do ya want for nothing?')))).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})
