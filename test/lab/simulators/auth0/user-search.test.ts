import { expect, test } from 'vitest'
import { createAuth0User } from '../../../../lab/simulators/auth0/user.ts'
import { compileUserSearch } from '../../../../lab/simulators/auth0/user-search.ts'
import { ENTERPRISE_LENA } from '../../../support/tenant-clients.ts'

const lena = {
  ...createAuth0User({ ...ENTERPRISE_LENA, name: 'Lena Park' }, { name: 'acme-okta', strategy: 'okta' }),
  app_metadata: { okta: { id: '00uA', deactivated: true } },
  blocked: true,
}

const FINDS: [string, boolean][] = [
  ['email:"lena.park@ACME.test"', true],
  ['email:"lena.park"', false],
  ['email:lena*', true],
  ['name:"lena park"', true],
  ['user_id:"okta|acme-okta|00utestLENA"', true],
  ['user_id:"okta|acme-okta|00utestlena"', false],
  ['app_metadata.okta.id:"00uA"', true],
  ['app_metadata.okta.id:"00ua"', false],
  ['app_metadata.okta.deactivated:true', true],
  ['identities.connection:"acme-okta"', true],
  ['blocked:true AND NOT email:"x"', true],
  ['email:"x" OR (blocked:true AND _exists_:app_metadata.okta)', true],
  ['_exists_:user_metadata.plan', false],
  ['logins_count:[1 TO *]', false],
  ['updated_at:[2020-01-01 TO *]', true],
  ['email:"lena*"', false],
]

test.each(FINDS)('%s finds her: %s', (query, found) => {
  expect(compileUserSearch(query)(lena)).toBe(found)
})

test.each(['email:', '(blocked:true', 'blocked:true email:"x"', 'lena', 'AND'])('%s is a syntax error', (query) => {
  expect(() => compileUserSearch(query)).toThrow(/parse query/)
})
