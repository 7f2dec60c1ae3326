import { expect, test } from 'vitest'
import { subjectsOf } from './subjects-of.ts'

const config = { AUTH0_DOMAIN: 'acme.eu.auth0.com', AUTH0_OKTA_CONNECTIONS: ['acme-okta'] }
const read = subjectsOf({ config, issuer: 'https://acme.eu.auth0.com/' })

test.each([
  ['okta|acme-okta|00u1', '00u1'],
  ['oidc|acme-okta|00u1', '00u1'],
  ['samlp|acme-okta|00u1', undefined],
  ['okta|another|00u1', undefined],
  ['auth0|acme-okta|00u1', undefined],
  ['okta|acme-okta|00u1|00u2', undefined],
  ['auth0|1', undefined],
])('the subject %s is a user, and names an Okta id where a named connection vouches for it', (subject, authorityId) => {
  expect(read?.(subject)).toEqual({ user: subject, ...(authorityId ? { authorityId } : {}) })
})

test.each(['https://acme.eu.auth0.com.evil.example/', 'https://login.acme.com/', 'http://acme.eu.auth0.com/'])(
  'a subject of the issuer %s is nobody',
  (issuer) => {
    expect(subjectsOf({ config, issuer })).toBeNull()
  },
)
