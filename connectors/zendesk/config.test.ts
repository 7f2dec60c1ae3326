import { expect, test } from 'vitest'
import { readSettings, secretsOf } from '../../src/core/settings.ts'
import { config } from './config.ts'

const base = { ZENDESK_SUBDOMAIN: 'acme', ZENDESK_EMAIL: 'hub@acme.example', ZENDESK_API_TOKEN: 'token-1' }
const problemsOf = (given: Record<string, string>) => {
  const read = readSettings(config, given)
  return 'problems' in read ? read.problems.map(({ setting }) => setting) : []
}

test('without a subdomain the connector is off', () => {
  expect(readSettings(config, {})).toEqual({ absent: true })
})

test('one credential is enough, and nothing may be granted until it is said', () => {
  expect(readSettings(config, base)).toMatchObject({
    value: { ZENDESK_GRANTS: {}, ZENDESK_CREATE: true, ZENDESK_REPLACE_ROLE: false },
  })
  expect(problemsOf({ ZENDESK_SUBDOMAIN: 'acme', ZENDESK_OAUTH_TOKEN: 't' })).toEqual([])
})

test.each<[string, Record<string, string>]>([
  ['ZENDESK_SUBDOMAIN', { ZENDESK_SUBDOMAIN: 'acme.zendesk.com' }],
  ['ZENDESK_BASE_URL', { ZENDESK_BASE_URL: 'http://acme.example' }],
  ['ZENDESK_EMAIL', { ZENDESK_EMAIL: 'hub' }],
  ['ZENDESK_API_TOKEN', { ZENDESK_API_TOKEN: '' }],
  ['ZENDESK_API_TOKEN', { ZENDESK_OAUTH_TOKEN: 'too' }],
  ['ZENDESK_GRANTS', { ZENDESK_GRANTS: '{"app": "role:admin"}' }],
  ['ZENDESK_GRANTS', { ZENDESK_GRANTS: '{"app": "role:custom:0"}' }],
])('%s is refused when wrong (%j)', (setting, given) => {
  expect(problemsOf({ ...base, ...given })).toContain(setting)
})

test('the tokens are marked as secrets', () => {
  const read = readSettings(config, base)
  if (!('value' in read)) throw new Error('refused')
  expect(secretsOf(config, read.value)).toEqual(['token-1'])
})
