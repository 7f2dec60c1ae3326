import { expect, test } from 'vitest'
import { decodeText } from '../../src/core/decode-text.ts'

test.each([
  ['UTF-8', Buffer.from('é')],
  ['UTF-8 with its mark', Buffer.from('\ufeffé')],
  ['UTF-16, the low byte first', Buffer.from('\ufeffé', 'utf16le')],
  ['UTF-16, the high byte first', Buffer.from('\ufeffé', 'utf16le').swap16()],
])('a text is read in %s', (_encoding, bytes) => {
  expect(decodeText(bytes)).toBe('é')
})

test('a letter of another encoding is seen to be none', () => {
  expect(decodeText(Buffer.from('é', 'latin1'))).toBe('\uFFFD')
})
