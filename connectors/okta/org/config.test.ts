import { describe, expect, test } from 'vitest'
import { readSettings, secretsOf } from '../../../src/core/settings.ts'
import { decideAccess } from '../people/person-state.ts'
import { config } from './config.ts'

const org = { OKTA_ORG_URL: 'https://acme.okta.com' }
const app = { OKTA_CLIENT_ID: 'c', OKTA_PRIVATE_KEY: 'line1\\nline2', OKTA_KEY_ID: 'k' }

describe('settings', () => {
  test.each([
    ['no credential', org],
    ['both credentials', { ...org, ...app, OKTA_API_TOKEN: 't' }],
    ['a token and half an app', { ...org, OKTA_API_TOKEN: 't', OKTA_KEY_ID: 'k' }],
    ['half an app', { ...org, OKTA_CLIENT_ID: 'c' }],
  ])('%s is refused in words that name the keys', (_name, given) => {
    expect(readSettings(config, given)).toMatchObject({
      problems: [{ setting: 'OKTA_API_TOKEN', what: expect.stringContaining('OKTA_CLIENT_ID with OKTA_PRIVATE_KEY') }],
    })
  })

  test('a status that both denies and allows is refused', () => {
    const given = { ...org, OKTA_API_TOKEN: 't', OKTA_DENY_STATUSES: 'SUSPENDED,active' }
    expect(readSettings(config, given)).toMatchObject({ problems: [{ setting: 'OKTA_DENY_STATUSES' }] })
  })

  test.each(['https://acme-admin.okta.com', 'https://acme.okta.com/home', 'http://acme.okta.com', 'acme.okta.com'])(
    'the org address %s is refused',
    (url) => {
      const read = readSettings(config, { OKTA_ORG_URL: url, OKTA_API_TOKEN: 't' })
      expect(read).toMatchObject({ problems: [{ setting: 'OKTA_ORG_URL' }] })
    },
  )

  test('without an org address the connector is off', () => {
    expect(readSettings(config, { OKTA_API_TOKEN: 't' })).toEqual({ absent: true })
  })

  test('the line breaks of a key may be written as backslash n, and the key is a secret', () => {
    const read = readSettings(config, { ...org, ...app })
    if (!('value' in read)) throw new Error('refused')
    expect(read.value.OKTA_PRIVATE_KEY).toBe('line1\nline2')
    expect(secretsOf(config, read.value)).toEqual(['line1\nline2'])
  })
})

describe('settings of grants', () => {
  const read = { ...org, OKTA_API_TOKEN: 't' }
  const list = '{"finance": {"billing": "group:00gbilling"}, "sales": "app:0oacrm"}'
  const grants = { ...read, OKTA_GRANTS: list }
  const granting = { OKTA_GRANTS_CLIENT_ID: 'g', OKTA_GRANTS_PRIVATE_KEY: 'k1\\nk2', OKTA_GRANTS_KEY_ID: 'k' }

  test.each([
    ['no credential to grant with', grants],
    ['both of them', { ...grants, ...granting, OKTA_GRANTS_API_TOKEN: 'g' }],
    ['half an app', { ...grants, OKTA_GRANTS_CLIENT_ID: 'g' }],
    ['half an app and no list', { ...read, OKTA_GRANTS_CLIENT_ID: 'g' }],
  ])('%s is refused in words that name the granting keys', (_name, given) => {
    expect(readSettings(config, given)).toMatchObject({
      problems: [
        {
          setting: 'OKTA_GRANTS_API_TOKEN',
          what: expect.stringContaining('OKTA_GRANTS_CLIENT_ID with OKTA_GRANTS_PRIVATE_KEY'),
        },
      ],
    })
  })

  test.each([
    ['the same token', { ...grants, OKTA_GRANTS_API_TOKEN: 't' }, 'OKTA_GRANTS_API_TOKEN'],
    [
      'the same app',
      { ...org, ...app, OKTA_GRANTS: list, ...granting, OKTA_GRANTS_CLIENT_ID: 'c' },
      'OKTA_GRANTS_CLIENT_ID',
    ],
  ])('%s for reading and granting is refused', (_name, given, setting) => {
    expect(readSettings(config, given)).toMatchObject({
      problems: [{ setting, what: expect.stringContaining('again') }],
    })
  })

  test.each(['group:x', 'role:SUPER_ADMIN', 'group:00g1/users', 'app:00g1', 'group:0oa1', 'group: 00g1', '00g1'])(
    'the target %s is refused',
    (target) => {
      const given = { ...read, OKTA_GRANTS_API_TOKEN: 'g', OKTA_GRANTS: JSON.stringify({ finance: target }) }
      expect(readSettings(config, given)).toMatchObject({ problems: [{ setting: 'OKTA_GRANTS' }] })
    },
  )

  test('all that is wrong is said at once', () => {
    const given = { OKTA_ORG_URL: 'acme', OKTA_GRANTS: list, OKTA_KEY_ID: 'k' }
    const outcome = readSettings(config, given)
    const settings = 'problems' in outcome ? outcome.problems.map(({ setting }) => setting) : []
    expect(settings.sort()).toEqual(['OKTA_API_TOKEN', 'OKTA_GRANTS_API_TOKEN', 'OKTA_ORG_URL'])
  })

  test('the names of a second instance are its own', () => {
    const eu = { OKTA_EU_ORG_URL: 'https://eu.okta.com', OKTA_EU_API_TOKEN: 't', OKTA_EU_GRANTS: list }
    expect(readSettings(config, eu, { from: 'OKTA_', to: 'OKTA_EU_' })).toMatchObject({
      problems: [{ setting: 'OKTA_EU_GRANTS_API_TOKEN', what: expect.stringContaining('OKTA_EU_GRANTS_CLIENT_ID') }],
    })
  })

  test('nothing may be granted unless it is said, and the granting credential is a secret', () => {
    expect(config.parse(read).OKTA_GRANTS).toEqual({})
    const outcome = readSettings(config, { ...grants, ...granting })
    if (!('value' in outcome)) throw new Error('refused')
    expect(outcome.value.OKTA_GRANTS).toEqual({ finance: { billing: 'group:00gbilling' }, sales: 'app:0oacrm' })
    expect(secretsOf(config, outcome.value)).toEqual(['t', 'k1\nk2'])
    const token = readSettings(config, { ...grants, OKTA_GRANTS_API_TOKEN: 'granting' })
    expect('value' in token && secretsOf(config, token.value)).toContain('granting')
  })
})

describe('what a status means', () => {
  const policy = config.parse({ ...org, OKTA_API_TOKEN: 't' })

  test.each([
    ['DEPROVISIONED', 'deny'],
    ['SUSPENDED', 'deny'],
    ['ACTIVE', 'allow'],
    ['PASSWORD_EXPIRED', 'allow'],
    ['RECOVERY', 'allow'],
    ['LOCKED_OUT', 'unchanged'],
    ['STAGED', 'unchanged'],
    ['PROVISIONED', 'unchanged'],
    ['ACTIVATING', 'unchanged'],
    ['BRAND_NEW', 'unknown'],
  ])('%s means %s', (status, access) => {
    expect(decideAccess({ status }, policy)).toBe(access)
  })

  test('being deactivated means deny, being activated means what the status says', () => {
    expect(decideAccess({ status: 'ACTIVE', transitioningToStatus: 'DEPROVISIONED' }, policy)).toBe('deny')
    expect(decideAccess({ status: 'DEPROVISIONED', transitioningToStatus: 'ACTIVE' }, policy)).toBe('deny')
  })

  test('a status that is taken off both lists changes nothing, and a new one can be put on a list', () => {
    const own = { OKTA_DENY_STATUSES: ['LOCKED_OUT', 'BRAND_NEW'], OKTA_ALLOW_STATUSES: ['ACTIVE'] }
    expect(decideAccess({ status: 'SUSPENDED' }, own)).toBe('unchanged')
    expect(decideAccess({ status: 'LOCKED_OUT' }, own)).toBe('deny')
    expect(decideAccess({ status: 'BRAND_NEW' }, own)).toBe('deny')
    expect(decideAccess({ status: 'ACTIVE', transitioningToStatus: 'DEPROVISIONED' }, own)).toBe('allow')
  })
})
