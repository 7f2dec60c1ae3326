import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256 } from '../../src/core/sha256.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('the examples of FIPS 180-4 have the digests that it states', () => {
  expect(hex(sha256(new TextEncoder().encode('abc')))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  const twoBlocks = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'
  expect(hex(sha256(new TextEncoder().encode(twoBlocks)))).toBe(
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
})

test('every length around the end of a block is padded as the standard says', () => {
  for (let length = 0; length <= 200; length++) {
    const message = new Uint8Array(length).fill(length)
    expect(hex(sha256(message)), `${length} bytes`).toBe(createHash('sha256').update(message).digest('hex'))
  }
})

test('any bytes have the digest that OpenSSL gives them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      expect(hex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'))
    }),
  )
})
