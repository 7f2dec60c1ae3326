import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSettings, secretsOf } from '../../src/core/settings.ts'
import { config } from './config.ts'
import { groupByOrganization, listTargets, targetPattern } from './target.ts'

const base = { GITHUB_BASE_URL: 'https://api.github.com', GITHUB_TOKEN: 'github_pat_1' }
const problemsOf = (given: Record<string, string>) => {
  const read = readSettings(config, given)
  return 'problems' in read ? read.problems.map(({ setting }) => setting) : []
}

test('without an address the connector is off', () => {
  expect(readSettings(config, {})).toEqual({ absent: true })
})

test('one credential is enough, and nothing may be granted until it is said', () => {
  const read = readSettings(config, base)
  expect(read).toMatchObject({ value: { GITHUB_GRANTS: {}, GITHUB_FIND_LOGIN: ['map', 'saml'], GITHUB_LOGINS: {} } })
  const app = { GITHUB_BASE_URL: base.GITHUB_BASE_URL, GITHUB_APP_ID: '7', GITHUB_APP_PRIVATE_KEY: 'a\\nb' }
  expect(readSettings(config, app)).toMatchObject({ value: { GITHUB_APP_PRIVATE_KEY: 'a\nb' } })
})

test.each<[string, Record<string, string>]>([
  ['GITHUB_BASE_URL', { GITHUB_BASE_URL: 'http://github.acme.example/api/v3' }],
  ['GITHUB_TOKEN', { GITHUB_TOKEN: '' }],
  ['GITHUB_TOKEN', { GITHUB_APP_ID: '7', GITHUB_APP_PRIVATE_KEY: 'pem' }],
  ['GITHUB_APP_ID', { GITHUB_TOKEN: '', GITHUB_APP_ID: 'my-app', GITHUB_APP_PRIVATE_KEY: 'pem' }],
  ['GITHUB_GRANTS', { GITHUB_GRANTS: '{"app": "owner:acme"}' }],
  ['GITHUB_GRANTS', { GITHUB_GRANTS: '{"app": "org:Acme"}' }],
  ['GITHUB_GRANTS', { GITHUB_GRANTS: '{"app": "team:acme"}' }],
  ['GITHUB_FIND_LOGIN', { GITHUB_FIND_LOGIN: 'map,guess' }],
  ['GITHUB_FIND_LOGIN', { GITHUB_FIND_LOGIN: 'invite,map' }],
  ['GITHUB_LOGINS', { GITHUB_LOGINS: 'ada' }],
  ['GITHUB_LOGINS', { GITHUB_LOGINS: '{"ada": "ada-k"}' }],
  ['GITHUB_LOGINS', { GITHUB_LOGINS: '{"ada@acme.example": "../../user"}' }],
  ['GITHUB_LOGINS', { GITHUB_LOGINS: '{"ada@acme.example": "a", "ADA@acme.example": "b"}' }],
])('%s is refused when wrong (%j)', (setting, given) => {
  expect(problemsOf({ ...base, ...given })).toContain(setting)
})

test('the token and the key are marked as secrets', () => {
  const read = readSettings(config, base)
  if (!('value' in read)) throw new Error('refused')
  expect(secretsOf(config, read.value)).toEqual(['github_pat_1'])
})

test('targets are grouped by organization, and none is lost or added', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/)
  const target = fc.oneof(
    name.map((org) => `org:${org}`),
    fc.tuple(name, name).map(([org, team]) => `team:${org}/${team}`),
  )
  fc.assert(
    fc.property(fc.array(target, { minLength: 1 }), (targets) => {
      expect(targets.every((one) => targetPattern.test(one))).toBe(true)
      const grouped = groupByOrganization(targets.map((one) => ({ target: one })))
      expect(grouped.flatMap(listTargets).toSorted()).toEqual([...new Set(targets)].toSorted())
      expect(new Set(grouped.map(({ org }) => org)).size).toBe(grouped.length)
    }),
  )
})
