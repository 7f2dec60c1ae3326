import { expect, test } from 'vitest'
import { subjectsOf } from './subjects-of.ts'

const config = { OKTA_ORG_URL: 'https://acme.okta.com' }

test.each(['https://acme.okta.com', 'https://acme.okta.com/', 'https://acme.okta.com/oauth2/default'])(
  'a subject of the org’s issuer %s is a person’s id',
  (issuer) => {
    expect(subjectsOf({ config, issuer })?.('00u1ann')).toEqual({ authorityId: '00u1ann' })
    expect(subjectsOf({ config, issuer })?.('ann@acme.com')).toEqual({})
  },
)

test.each([
  'https://acme.okta.com.evil.example',
  'https://acme.okta.com@evil.example',
  'https://acme.okta.com:8443',
  'https://acme.okta.com/oauth2/default/more',
  'https://acme.okta.com/oauth2/../x',
  'http://acme.okta.com',
  'https://other.okta.com',
])('a subject of the issuer %s is nobody', (issuer) => {
  expect(subjectsOf({ config, issuer })).toBeNull()
})
