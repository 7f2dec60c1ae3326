import { expect, test } from 'vitest'
import { joinClaims } from '../../../src/signin/oidc/join-claims.ts'

const ann = { email: 'ann@acme.com' }
const other = { email: 'other@acme.com' }

test('what the ID token says goes first, and what it leaves out is taken from UserInfo', () => {
  expect(joinClaims({ ...ann, groups: ['a'] }, { ...ann, groups: ['b'], name: 'Ann' })).toMatchObject({
    ...ann,
    groups: ['a'],
    name: 'Ann',
  })
})

test.each<[string, object, object, unknown]>([
  ['the ID token alone', { ...ann, email_verified: true }, {}, true],
  ['UserInfo alone', {}, { ...ann, email_verified: true }, true],
  ['UserInfo, of the same e-mail', ann, { ...ann, email_verified: true }, true],
  ['the ID token, whatever UserInfo says', { ...ann, email_verified: false }, { ...ann, email_verified: true }, false],
  ['nobody: UserInfo says it of another e-mail', ann, { ...other, email_verified: true }, undefined],
  ['nobody: the ID token says it of no e-mail', { email_verified: true }, ann, undefined],
])('an e-mail is verified by the word of %s', (_, token, userInfo, verified) => {
  expect(joinClaims(token as never, userInfo as never).email_verified).toBe(verified)
})
