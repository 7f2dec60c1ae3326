import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Hider, makeHider } from '../../src/core/secret-forms.ts'
import { makeSecretIndex } from '../../src/core/secret-index.ts'

/** Letters that are written in many ways beside those that are never: secrets of both kinds, and mixed. */
const secret = fc
  .array(fc.constantFrom(...'abAB12', ...'+/=-_.%&"\\ ü<\n', '😀'), { minLength: 8, maxLength: 40 })
  .map((letters) => letters.join(''))

const writings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify(text),
  (text) => JSON.stringify(JSON.stringify(text)),
  encodeURIComponent,
  (text) => String(new URLSearchParams({ text })),
  (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&#60;'),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(`user:${text}`).toString('base64url'),
  (text) => Buffer.from(text).toString('hex').toUpperCase(),
  (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
]

const hiders = fc.sample(secret, { numRuns: 60, seed: 1 }).map((text) => ({ text, hider: makeHider(text) }))

test('finds all that a text holds of many secrets, however they are written or cut', () => {
  const piece = fc.record({
    of: fc.nat(),
    write: fc.constantFrom(...writings),
    share: fc.constantFrom(1, 1, 0.9, 0.6, 0.3),
    before: fc.constantFrom('', ' ', 'user:', '\\', 'x', '%'),
  })
  const hide = (text: string, by: readonly Hider[]) => by.reduce((rest, one) => one.hide(rest), text)
  let hiddenTexts = 0
  fc.assert(
    fc.property(
      fc.subarray(hiders, { minLength: 1, maxLength: 4 }),
      fc.array(piece, { maxLength: 5 }),
      (some, pieces) => {
        const text = pieces
          .map(({ of, write, share, before }) => {
            const written = write(some[of % some.length]?.text ?? '')
            return before + written.slice(0, Math.ceil(written.length * share))
          })
          .join(' ')
        const all = some.map(({ hider }) => hider)
        const index = makeSecretIndex()
        for (const hider of all) index.add(hider)
        const found = index.find(text)
        const left = hide(text, all)
        if (left !== text) hiddenTexts++
        expect(
          hide(
            text,
            all.filter((hider) => found.has(hider)),
          ),
        ).toBe(left)
      },
    ),
    { numRuns: 1000 },
  )
  expect(hiddenTexts).toBeGreaterThan(500)
})

test('looks for none of many secrets in a text that holds none of their beginnings', () => {
  const index = makeSecretIndex()
  const many = Array.from({ length: 300 }, (_, i) => makeHider(`token-${i}-of-a-session`))
  for (const hider of many) index.add(hider)
  expect(index.find('dlv_01k7q0000000000000000000').size).toBe(0)
  expect([...index.find('with token-7-of-a-session')]).toContain(many[7])
  for (const hider of many) index.remove(hider)
  expect(index.find('with token-7-of-a-session').size).toBe(0)
})
